import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import { Nonconformance, Refused } from '../world/errors.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import type { Draft } from '../world/homeserver.ts'
import { TargetHomeserver } from './driver.ts'
import { TargetGone } from './errors.ts'
import { startTarget } from './target.ts'
import type { Target } from './target.ts'

const message = (body: string, sender?: string): Draft => ({
  type: 'm.room.message',
  content: { msgtype: 'm.text', body },
  ...(sender === undefined ? {} : { sender }),
})

const topic = (text: string): Draft => ({
  type: 'm.room.topic',
  state_key: '',
  content: { topic: text },
})

describe('the embedded target', function () {
  this.timeout(60_000)
  let directory: string
  let targets: readonly [Target, Target]
  let hs1: TargetHomeserver
  let hs2: TargetHomeserver

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fedcheck-embedded-'))
    const [authority, addresses] = [await createAuthority(), await Addresses.detect()]
    const context = { authority, addresses, directory, seed: 1, startTimeoutMs: 30_000 }
    targets = await Promise.all([
      startTarget('embedded', context),
      startTarget('embedded', context),
    ])
    const options = { version: roomVersions.v11, patienceMs: 5_000 }
    hs1 = await TargetHomeserver.open(targets[0], options)
    hs2 = await TargetHomeserver.open(targets[1], options)
  })
  after(async () => {
    hs1?.close()
    hs2?.close()
    await Promise.all((targets ?? []).map((target) => target.stop()))
    await rm(directory, { recursive: true })
  })

  it('says what it is', async () => {
    const { name, version, serverName } = await targets[0].info()

    assert.deepEqual([name, serverName], ['fedcheck reference', hs1.name])
    assert.match(version, /^\d+\.\d+\.\d+/)
  })

  for (const version of [roomVersions.v10, roomVersions.v11, roomVersions.v12]) {
    it(`lets its users do everything in a room of version ${version.id}`, async () => {
      const bob = await hs1.newUser('bob')
      const room = await hs1.createRoom({
        version,
        name: 'A name',
        topic: 'A topic',
        joinRule: 'invite',
        power: { [bob]: 50 },
        invite: [bob],
        alias: `room-${version.id}`,
        initialState: [{ type: 'x.y', state_key: 'k', content: { z: 1 } }],
      })

      const stripped = await hs1.invited(room, bob)
      assert.ok(stripped.some(({ type }) => type === 'm.room.create'))
      assert.equal(await hs1.joinByAlias(`#room-${version.id}:${hs1.name}`, bob), room.id)
      const [said, changed] = await hs1.send(room, message('hello', bob), topic('new'))
      await hs1.sees(room, [said, changed], bob)
      const redaction = await hs1.redact(room, said)
      await hs1.sees(room, [redaction], bob)

      const timeline = await hs1.timeline(room, bob)
      const place = (id: string) => timeline.findIndex(({ event_id }) => event_id === id)
      assert.ok(place(said) < place(changed) && place(changed) < place(redaction))
      assert.deepEqual(timeline[place(said)]?.content, {})
      assert.deepEqual(await hs1.stateEvent(room, 'm.room.topic'), { topic: 'new' })
      assert.deepEqual(await hs1.stateEvent(room, 'x.y', 'k', bob), { z: 1 })
      assert.equal(await hs1.stateEvent(room, 'x.y', 'other'), undefined)
      assert.ok((await hs1.state(room)).some(({ event_id }) => event_id === changed))
    })
  }

  it('refuses what the rules forbid', async () => {
    const bob = await hs1.newUser('bob')
    const room = await hs1.createRoom({ joinRule: 'invite' })

    await assert.rejects(hs1.join(room, hs1, bob), (error) => {
      assert.ok(error instanceof Refused)
      return error.status === 403 && error.errcode === 'M_FORBIDDEN'
    })
    await assert.rejects(hs1.sees(room, ['$nothing'], bob), Refused)
  })

  it('moves members in and out', async () => {
    const bob = await hs1.newUser('bob')
    const room = await hs1.createRoom()
    const membership = async () =>
      (await hs1.stateEvent(room, 'm.room.member', bob))?.['membership']

    await hs1.join(room, hs1, bob)
    await hs1.kick(room, bob)
    assert.equal(await membership(), 'leave')
    await hs1.ban(room, bob)
    assert.equal(await membership(), 'ban')
    await hs1.unban(room, bob)
    await hs1.invite(room, bob)
    assert.equal(await membership(), 'invite')
    await hs1.join(room, hs1, bob)
    await hs1.leave(room, bob)
    assert.equal(await membership(), 'leave')
  })

  it('federates with another', async () => {
    const room = await hs1.createRoom({ joinRule: 'invite', invite: [hs2.user] })
    await hs2.invited(room)
    await hs2.join(room, hs1)

    const there = await hs1.send(room, message('from hs1'))
    await hs2.sees(room, there)
    const back = await hs2.send(room, message('from hs2'))
    await hs1.sees(room, back)

    const ids = async (homeserver: TargetHomeserver) =>
      (await homeserver.state(room)).map(({ event_id }) => event_id).toSorted()
    assert.deepEqual(await ids(hs1), await ids(hs2))
    await hs1.setDisplayName('Alice')
    assert.equal((await hs2.profile(hs1.user))['displayname'], 'Alice')
  })

  it('is not said to see what it does not', async () => {
    const impatient = await TargetHomeserver.open(targets[0], {
      version: roomVersions.v12,
      patienceMs: 100,
    })
    const room = await impatient.createRoom()

    await assert.rejects(impatient.sees(room, ['$no-such-event']), Nonconformance)
    await assert.rejects(impatient.invited(room), Nonconformance)
  })

  it('is gone when it is killed', async () => {
    const [, target] = targets
    assert.ok(target.pid !== undefined)
    process.kill(-target.pid, 'SIGKILL')

    assert.equal(await target.responds(10_000), false)
    assert.equal(target.alive(), false)
    await assert.rejects(hs2.createRoom(), TargetGone)
    assert.match(await target.exited, /killed by SIGKILL/)
  })
})
