import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, edusIn } from '../test-bench.ts'

const letter = (from: ReferencePeer, to: string, more: JsonObject = {}): JsonObject => ({
  edu_type: 'm.direct_to_device',
  content: {
    sender: from.user,
    type: 'm.test',
    message_id: 'id-1',
    messages: { [to]: { A: { text: 'hello' } } },
    ...more,
  },
})

/** What a device has to read, by its text. */
async function mail(peer: ReferencePeer, device: string, since?: number) {
  const { extras, next } = await peer.server.users.sync(peer.user, {
    device,
    ...(since === undefined ? {} : { since }),
  })
  const texts = extras?.toDevice.map((one) => valueAt(valueAt(one, 'content'), 'text'))
  return { texts, next }
}

const between = (story: (one: ReferencePeer, two: ReferencePeer) => Promise<void>) =>
  Bench.with(async (bench) => {
    const servers = await bench.two()
    for (const device of ['A', 'B']) servers[0].server.people.devices.open(servers[0].user, device)
    await story(...servers)
  })

describe('messages to devices', () => {
  it('arrive once, however often they are sent', () =>
    between(async (one, two) => {
      await two.push(one, [], [letter(two, one.user), letter(two, one.user)])
      await two.push(one, [], [letter(two, one.user)])
      assert.deepEqual((await mail(one, 'A')).texts, ['hello'])
      await two.push(one, [], [letter(two, one.user, { message_id: 'id-2' })])
      assert.deepEqual((await mail(one, 'A')).texts, ['hello', 'hello'])
    }))

  it('are told until a later sync shows that they have arrived', () =>
    between(async (one, two) => {
      await two.push(one, [], [letter(two, one.user)])
      const first = await mail(one, 'A')
      assert.deepEqual((await mail(one, 'A')).texts, ['hello'])
      const second = await mail(one, 'A', first.next)
      assert.deepEqual(second.texts, [])
      assert.deepEqual((await mail(one, 'A')).texts, [])
    }))

  it('wake who waits for them', () =>
    between(async (one, two) => {
      const since = one.server.users.now()
      const waiting = one.server.users.sync(one.user, { device: 'A', since, waitMs: 10_000 })
      two.server.people.toDevice.send({
        sender: two.user,
        type: 'm.test',
        messages: { [one.user]: { A: { text: 'hello' } }, [two.user]: {} },
      })
      const { extras } = await waiting
      assert.deepEqual(extras?.toDevice, [
        { sender: two.user, type: 'm.test', content: { text: 'hello' } },
      ])
      const { body } = await one.asked('send', two)
      const content = valueAt(edusIn(body)[0], 'content')
      assert.deepEqual(Object.keys(valueAt(content, 'messages') ?? {}), [one.user])
      assert.match(stringAt(content, 'message_id') ?? '', /^[\w-]{1,32}$/)
    }))

  it('go to all devices of a user', () =>
    between(async (one, two) => {
      const messages = { [one.user]: { '*': { text: 'all' }, NONE: { text: 'nobody' } } }
      await two.push(one, [], [letter(two, one.user, { messages })])
      assert.deepEqual((await mail(one, 'A')).texts, ['all'])
      assert.deepEqual((await mail(one, 'B')).texts, ['all'])
    }))

  it('are passed over where they are not what they should be', () =>
    between(async (one, two) => {
      const wrong = [
        letter(two, one.user, { sender: one.user }),
        letter(two, one.user, { message_id: 'x'.repeat(33) }),
        letter(two, one.user, { messages: [] }),
        letter(two, one.user, { type: 1 }),
        letter(two, `@nobody:${one.name}`, { message_id: 'other' }),
        letter(two, 'nonsense', { message_id: 'another' }),
      ]
      const reply = await two.push(one, [], wrong)
      assert.deepEqual([reply.status, reply.json], [200, { pdus: {} }])
      assert.deepEqual((await mail(one, 'A')).texts, [])
    }))
})
