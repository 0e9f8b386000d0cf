import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { stringAt } from '../matrix/content.ts'
import type { Event } from '../matrix/event.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import type { Room } from '../world/homeserver.ts'
import type { ReferencePeer } from './peer.ts'
import { Bench } from './test-bench.ts'

const inRoom = (
  version: RoomVersion,
  story: (one: ReferencePeer, two: ReferencePeer, room: Room) => Promise<void>,
) =>
  Bench.with(async (bench) => {
    const [one, two] = await bench.two({ version })
    const room = await one.createRoom()
    await two.join(room, one)
    await story(one, two, room)
  })

const draft = (body: string) => ({ type: 'm.room.message', content: { body, n: 1 } })

/** The event with its `n` written in another way that reads the same. */
const written = ({ pdu }: Event, member: string): string =>
  JSON.stringify(pdu).replace('"n":1', member)

let sent = 0

/** As a transaction with a piece of envelope of one's own; answers status and error code. */
async function transact(
  from: ReferencePeer,
  to: ReferencePeer,
  { pdus, envelope = '' }: { pdus: readonly string[]; envelope?: string },
): Promise<string> {
  sent += 1
  const head = `"origin":${JSON.stringify(from.name)},"origin_server_ts":1`
  const { status, json } = await from.server.client.request({
    destination: to.name,
    method: 'PUT',
    uri: `/_matrix/federation/v1/send/strict-${sent}`,
    bytes: Buffer.from(`{${head}${envelope},"pdus":[${pdus.join(',')}]}`),
    deliberate: true,
  })
  return [status, stringAt(json, 'errcode')].filter((part) => part !== undefined).join(' ')
}

const ways = ['"n":1.0', '"n":1e0', '"n":10E-1', '"n":2,"n":1']

describe('JSON that canonical JSON does not allow', () => {
  it('makes no event where the room version is strict', () =>
    inRoom(roomVersions.v10, async (one, two, room) => {
      for (const way of ways) {
        const bad = two.forge(room, draft(way))
        const good = two.forge(room, draft('fine'))
        const pdus = [written(bad, way), JSON.stringify(good.pdu)]
        assert.equal(await transact(two, one, { pdus }), '200', way)
        await one.receives(room, good.id)
        assert.equal(one.event(bad.id), undefined, way)
      }
    }))

  it('may stand in what is around the events, unless it can be read in two ways', () =>
    inRoom(roomVersions.v11, async (one, two, room) => {
      const event = two.forge(room, draft('fine'))
      const pdus = [JSON.stringify(event.pdu)]
      const send = (envelope: string) => transact(two, one, { pdus, envelope })
      assert.equal(await send(',"x":{"a":1,"a":1}'), '400 M_BAD_JSON')
      assert.equal(await send(',"x":"\\ud800"'), '400 M_BAD_JSON')
      assert.equal(await send(',"pdus":[]'), '400 M_BAD_JSON')
      assert.equal(one.event(event.id), undefined)
      assert.equal(await send(',"x":1.5,"y":[1e3,1.0]'), '200')
      await one.receives(room, event.id)
    }))

  it('keeps a request that is an event from being one', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom()
      const event = two.forge(
        room,
        { ...draft('join'), type: 'm.room.member', state_key: two.user },
        { after: [], auth: [] },
      )
      const uri = `/_matrix/federation/v2/send_join/${encodeURIComponent(room.id)}/${encodeURIComponent(event.id)}`
      const bytes = Buffer.from(written(event, '"n":1.0'))
      const request = { destination: one.name, method: 'PUT', uri, bytes, deliberate: true }
      const reply = await two.server.client.request(request)
      assert.equal(`${reply.status} ${stringAt(reply.json, 'errcode')}`, '400 M_BAD_JSON')
      assert.match(
        stringAt(reply.json, 'error') ?? '',
        /\/content\/n: written with a decimal point/,
      )
    }))
})
