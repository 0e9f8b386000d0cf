import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { ReferencePeer } from '../peer.ts'
import { Bench, type PeerSetup, stateIds, text, topic } from '../test-bench.ts'

/** A bench, and a function that starts a peer on data, or again on the same. */
const withData = (
  story: (bench: Bench, begin: (setup?: PeerSetup) => Promise<ReferencePeer>) => Promise<void>,
): Promise<void> =>
  Bench.with(async (bench) => {
    const data = await mkdtemp(join(tmpdir(), 'fedcheck-store-'))
    let place: Pick<PeerSetup, 'address' | 'port'> = {}
    try {
      await story(bench, async (setup) => {
        const peer = await bench.peer({ ...setup, ...place, data })
        place = { address: peer.server.address, port: peer.server.port }
        return peer
      })
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  })

const ids = (events: readonly { event_id: string }[]) => events.map(({ event_id }) => event_id)

const refuse = () => ({ status: 503, body: { errcode: 'M_UNKNOWN', error: 'not now' } })

describe('a server on data of an earlier run', () => {
  it('goes on with its rooms as if nothing had happened', () =>
    withData(async (bench, begin) => {
      const before = await begin()
      const other = await bench.peer()
      const room = await before.createRoom({ alias: 'kept', power: { [other.user]: 100 } })
      await other.join(room, before)
      const [gone] = await before.send(room, text('gone'), topic('kept'), text('and this'))
      const redaction = await before.redact(room, gone)
      const [last] = await other.send(room, text('of the other'))
      await before.sees(room, [last])
      await other.sees(room, [redaction])
      const known = {
        state: await stateIds(before, room),
        timeline: ids(await before.timeline(room)),
        heads: before.heads(room),
        key: before.server.key.publicKey,
      }
      const { next } = await before.server.users.sync(before.user)
      await before.stop()

      const after = await begin()

      assert.equal(after.name, before.name)
      assert.deepEqual(
        {
          state: await stateIds(after, room),
          timeline: ids(await after.timeline(room)),
          heads: after.heads(room),
          key: after.server.key.publicKey,
        },
        known,
      )
      const { users } = after.server
      assert.equal((await users.sync(after.user, { since: next })).joined.size, 0)
      const shown = users.event(room.id, after.user, gone).pdu
      assert.deepEqual(shown.content, {})
      assert.ok(shown.unsigned?.['redacted_because'])
      assert.equal((await users.resolveAlias(`#kept:${after.name}`)).roomId, room.id)

      const [mine] = await after.send(room, text('after the restart'))
      await other.sees(room, [mine])
      const [theirs] = await other.send(room, topic('of the other'))
      await after.sees(room, [theirs])
      const news = (await users.sync(after.user, { since: next })).joined.get(room.id)
      assert.deepEqual(
        news?.timeline.map(({ id }) => id),
        [mine, theirs],
      )
      assert.deepEqual(await stateIds(after, room), await stateIds(other, room))
    }))

  it('knows its users with their profiles, and who has invited them', () =>
    withData(async (bench, begin) => {
      const before = await begin()
      const other = await bench.peer()
      const user = await before.newUser('guest')
      await before.setDisplayName('Guest', user)
      const room = await other.createRoom({ joinRule: 'invite' })
      await other.invite(room, user)
      const { next } = await before.server.users.sync(user)
      await before.stop()

      const after = await begin()

      assert.equal((await after.profile(user))['displayname'], 'Guest')
      const { users } = after.server
      assert.deepEqual([...(await users.sync(user)).invited.keys()], [room.id])
      assert.equal((await users.sync(user, { since: next })).invited.size, 0)
      await after.join(room, other, user)
      assert.deepEqual(users.joinedRooms(user), [room.id])
    }))

  it('gives a repeated transaction the answer that it had', () =>
    withData(async (bench, begin) => {
      const before = await begin()
      const other = await bench.peer()
      const room = await before.createRoom()
      await other.join(room, before)
      const event = other.forge(room, text('once'))
      const transaction = {
        params: { txnId: 'the-same' },
        body: {
          origin: other.name,
          origin_server_ts: 1,
          pdus: [{ ...event.pdu }, { ...event.pdu, content: {}, depth: 'no number' }],
        },
      }
      const first = await other.request(before, 'send', transaction)
      await before.stop()

      const after = await begin()
      const body = { ...transaction.body, pdus: [] }
      const second = await other.request(after, 'send', { ...transaction, body })

      assert.equal(first.status, 200)
      assert.deepEqual(second.json, first.json)
      assert.ok(ids(await after.timeline(room)).includes(event.id))
    }))

  it('looks back where it knew that there is more', () =>
    withData(async (bench, begin) => {
      const other = await bench.peer()
      const room = await other.createRoom()
      const [old] = await other.send(room, text('old'))
      const before = await begin()
      await before.join(room, other)
      await before.stop()

      const after = await begin()

      const timeline = ids(await after.timeline(room))
      assert.ok(timeline.includes(old))
      await after.stop()
      const again = await begin()
      assert.deepEqual(ids(await again.timeline(room)), timeline)
    }))

  it('judges what it had answered for and not judged', () =>
    withData(async (bench, begin) => {
      const before = await begin({ limits: { judgementMs: 20 } })
      const other = await bench.peer()
      const room = await before.createRoom()
      await other.join(room, before)
      const missing = other.forge(room, text('missing'))
      const event = other.forge(room, text('late'), { after: [missing] })
      let release: ((answer: undefined) => void) | undefined
      const held = new Promise<undefined>((resolve) => {
        release = resolve
      })
      await other.answering(
        'getMissingEvents',
        () => held,
        async () => {
          assert.equal((await other.push(before, [event])).status, 200)
          await before.stop()
          release?.(undefined)
        },
      )

      const after = await begin()

      await after.sees(room, [missing.id, event.id])
    }))

  it('sends what it had tried to send, in the same transaction', () =>
    withData(async (bench, begin) => {
      const before = await begin()
      const other = await bench.peer()
      const room = await before.createRoom()
      await other.join(room, before)
      const [first, second] = await other.answering('send', refuse, async () => {
        const asked = other.asked('send', before)
        const sent = await before.send(room, text('first'), text('second'))
        await asked
        await before.stop()
        return sent
      })
      const tried = other.requests('send')

      await begin()

      await other.sees(room, [first, second])
      const all = other.requests('send')
      const [again] = all.slice(tried.length)
      assert.equal(again?.params['txnId'], tried[0]?.params['txnId'])
      assert.deepEqual(again?.body, tried[0]?.body)
      assert.equal(new Set(all.map(({ params }) => params['txnId'])).size, 2)
    }))

  it('settles a fork that it was left with', () =>
    withData(async (bench, begin) => {
      const before = await begin()
      const other = await bench.peer()
      const room = await before.createRoom({ power: { [other.user]: 100 } })
      await other.join(room, before)
      const parents = before.heads(room)
      const [left, right] = [topic('left'), text('right')].map((draft) =>
        other.forge(room, draft, { after: parents }),
      )
      assert.ok(left && right)
      await other.push(before, [left, right])
      await before.receives(room, right.id)
      const state = await stateIds(before, room)
      assert.equal(before.heads(room).length, 2)
      await before.stop()

      const after = await begin()

      assert.deepEqual(after.heads(room).toSorted(), [left.id, right.id].toSorted())
      assert.deepEqual(await stateIds(after, room), state)
      const [next] = await after.send(room, text('next'))
      await other.sees(room, [next])
      assert.deepEqual(after.heads(room), [next])
    }))
})
