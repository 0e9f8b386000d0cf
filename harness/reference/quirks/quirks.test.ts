import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import { standardParts } from '../parts.ts'
import { Bench, text } from '../test-bench.ts'
import { requirements } from '../../../fixtures/requirements/index.ts'
import { roomVersion } from '../../matrix/room-version.ts'
import { mutants, nearMissList, quirkList, quirks } from './index.ts'

const partsWith = (id: string) => {
  const quirk = quirks[id]
  assert.ok(quirk !== undefined)
  return quirk.apply(standardParts)
}

describe('quirks and near-misses', () => {
  it('have ids of their own', () => {
    const ids = [...quirkList, ...nearMissList].map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(Object.keys(mutants), ids)
    for (const id of ids) assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/)
  })

  for (const { id, breaks, topples = [], versions = [] } of quirkList)
    it(`${id} breaks requirements that there are`, () => {
      assert.ok(breaks.length > 0)
      const named: readonly string[] = topples === 'all' ? breaks : [...breaks, ...topples]
      for (const one of named) assert.ok(Object.hasOwn(requirements, one), one)
      for (const one of versions) assert.ok(roomVersion(one) !== undefined, one)
    })

  for (const mutant of [...quirkList, ...nearMissList])
    it(`${mutant.id} replaces a part and leaves those of honest servers as they are`, () => {
      const before = shape(standardParts)
      assert.notDeepEqual(shape(mutant.apply(standardParts)), before)
      assert.deepEqual(shape(standardParts), before)
    })
})

/** The parts themselves, family by family. */
const shape = (parts: typeof standardParts): readonly unknown[] =>
  Object.values(parts).flatMap((family) => Object.values(family))

describe('a quirk', () => {
  it('omit-auth-chain leaves the auth chain out of send_join, and nothing else', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ parts: partsWith('omit-auth-chain') })
      const two = await bench.peer()
      const room = await one.createRoom()

      const { reply, state } = await two.handshake(room, one)

      assert.equal(reply.status, 200)
      assert.deepEqual(valueAt(reply.json, 'auth_chain'), [])
      assert.ok(state.length > 4)
    }))

  it('accept-strangers takes in who never joined', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ parts: partsWith('accept-strangers') })
      const two = await bench.peer()
      const room = await one.createRoom()
      await two.join(room, one)

      const strange = two.forge(room, text('let me in', two.stranger))
      await two.push(one, [strange])

      await one.sees(room, [strange.id])
    }))

  it('forget-queue never makes up for a failure', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer({ parts: partsWith('forget-queue') })
      const two = await bench.peer()
      const room = await one.createRoom()
      await two.join(room, one)

      const [lost] = await bench.fabric.partitioned([one, two], () => one.send(room, text('lost')))
      const asked = await two.send(room, text('are you there'))
      await one.sees(room, asked)
      const [later] = await one.send(room, text('later'))
      await two.sees(room, [later])

      assert.ok(!two.deliveries(room).some(({ event }) => event.id === lost))
    }))
})
