import assert from 'node:assert/strict'
import { it } from 'mocha'
import type { Json } from '../../matrix/event.ts'
import type { Reply, Room } from '../../world/homeserver.ts'
import { standardParts } from '../parts.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn } from '../test-bench.ts'
import type { Quirk } from './quirk.ts'

export interface Scene {
  readonly bench: Bench
  /** Honest, or with the quirk. */
  readonly one: ReferencePeer
  readonly two: ReferencePeer
}

/** What is seen of a server with the quirk named, beside what is seen of an honest one. */
export interface Row {
  readonly honest: Json
  readonly odd: Json
  readonly see: (scene: Scene) => Promise<Json | undefined>
}

export const inRoom = async ({ one, two }: Scene): Promise<Room> => {
  const room = await one.createRoom()
  await two.join(room, one)
  return room
}

/** A room that denies the second server. */
export const denying = async (scene: Scene): Promise<Room> => {
  const room = await inRoom(scene)
  const deny = [scene.two.name.replace(/:\d+$/, '')]
  await scene.one.send(room, {
    type: 'm.room.server_acl',
    state_key: '',
    content: { allow: ['*'], deny },
  })
  return room
}

export const errorOf = async (reply: Promise<Reply>): Promise<Json> => [...(await errorIn(reply))]

/** Tests of every row: the same is seen of an honest server and of one with the quirk, and differs as it has to. */
export function shows(rows: Readonly<Record<string, Row>>, all: readonly Quirk[]): void {
  it('has a row, each that awaits a suite', () => {
    const awaiting = all.flatMap(({ id, awaits }) => (awaits === undefined ? [] : [id]))
    assert.deepEqual(Object.keys(rows).toSorted(), awaiting.toSorted())
  })

  for (const [id, { honest, odd, see }] of Object.entries(rows))
    it(`shows: ${id}`, () =>
      Bench.with(async (bench) => {
        const quirk = all.find((one) => one.id === id)
        assert.ok(quirk !== undefined)
        const two = await bench.peer()
        const usual = await bench.peer()
        const changed = await bench.peer({ parts: quirk.apply(standardParts) })
        assert.deepEqual(await see({ bench, one: usual, two }), honest)
        assert.deepEqual(await see({ bench, one: changed, two }), odd)
      }))
}
