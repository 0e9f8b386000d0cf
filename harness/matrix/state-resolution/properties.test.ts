import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { authChain } from '../graph.ts'
import { NodeSet } from '../numbered-graph.ts'
import { roomVersions } from '../room-version.ts'
import type { StateMap } from '../state-key.ts'
import type { TestRoom } from '../test-room.ts'
import { anyRoom, headsOf } from '../test-rooms.ts'
import { AuthGraph } from './auth-graph.ts'
import { authDifference, conflictedSubgraph, fullConflictedSet } from './conflicted-set.ts'
import { powerEventsWithChain, powerOrder } from './power-order.ts'
import type { Resolution } from './resolution.ts'
import { resolveState } from './resolve-state.ts'
import { separate } from './separate.ts'

const contextOf = ({ lookup, rejected, version }: TestRoom): Resolution => ({
  lookup,
  rejected,
  version,
})

const graphOf = (sets: readonly StateMap[], room: TestRoom): AuthGraph =>
  new AuthGraph(separate(sets), contextOf(room))

const idsOf = (nodes: readonly number[], graph: AuthGraph): string[] =>
  nodes.map((node) => graph.idOf(node))

/** The states after any of the room's events, three at most. */
const anySets = (room: TestRoom): fc.Arbitrary<StateMap[]> =>
  fc
    .uniqueArray(fc.constantFrom(...room.events.map(({ id }) => id)), {
      minLength: 2,
      maxLength: 3,
    })
    .map((ids) => ids.map((id) => room.stateAfter([id])))

const plain = (state: StateMap): Record<string, string> => Object.fromEntries(state)

for (const version of Object.values(roomVersions)) {
  const anyCase = anyRoom(version).chain((room) =>
    anySets(room).map((sets) => ({ room, sets, toString: () => JSON.stringify(room.events) })),
  )

  describe(`any state resolution (room version ${version.id})`, () => {
    it('does not depend on the order of the states, or on one being there twice', () => {
      fc.assert(
        fc.property(anyCase, fc.nat(), ({ room, sets }, turn) => {
          const { lookup, rejected } = room
          const expected = plain(resolveState(sets, lookup, version, rejected))
          const at = turn % sets.length
          const turned = [...sets.slice(at), ...sets.slice(0, at)]
          for (const order of [sets.toReversed(), turned, [...sets, ...sets]])
            assert.deepEqual(plain(resolveState(order, lookup, version, rejected)), expected)
        }),
      )
    })

    it('does not depend on what the same lookup was asked before', () => {
      fc.assert(
        fc.property(anyCase, fc.gen(), ({ room, sets }, gen) => {
          const { rejected } = room
          const hidden = new Set(
            gen(
              fc.subarray,
              room.events.map(({ id }) => id),
            ),
          )
          const lookup = (id: string) => (hidden.has(id) ? undefined : room.lookup(id))
          for (const id of ['', ...hidden]) {
            hidden.delete(id)
            const fresh = (known: string) => lookup(known)
            const expected = plain(resolveState(sets, fresh, version, rejected))
            assert.deepEqual(plain(resolveState(sets, lookup, version, rejected)), expected)
          }
        }),
      )
    })

    it('keeps what is not in conflict and invents nothing', () => {
      fc.assert(
        fc.property(anyCase, ({ room, sets }) => {
          const result = resolveState(sets, room.lookup, version, room.rejected)
          for (const [place, id] of separate(sets).unconflicted) assert.equal(result.get(place), id)
          const given = new Set(sets.flatMap((set) => [...set.values()]))
          const known = new Set([...given, ...authChain(given, room.lookup)])
          for (const id of result.values()) assert.ok(known.has(id), id)
        }),
      )
    })

    it('finds the auth difference and the subgraph as they are defined', () => {
      fc.assert(
        fc.property(anyCase, ({ room, sets }) => {
          const chains = sets.map((set) => authChain(set.values(), room.lookup))
          const expected = room.events
            .map(({ id }) => id)
            .filter(
              (id) => chains.some((each) => each.has(id)) && !chains.every((each) => each.has(id)),
            )
          const graph = graphOf(sets, room)
          const found = authDifference(graph, false)
          assert.deepEqual(idsOf(found.nodes, graph).toSorted(), expected.toSorted())

          const conflicted = new Set(separate(sets).conflictedIn.flat())
          const onPath = room.events
            .map(({ id }) => id)
            .filter((id) => {
              const above = [...conflicted].some((end) => authChain([end], room.lookup).has(id))
              const below = [...authChain([id], room.lookup)].some((end) => conflicted.has(end))
              return conflicted.has(id) || (above && below)
            })
          const ends = new NodeSet(graph.size, graph.conflictedIn.flat())
          const subgraph = conflictedSubgraph(ends, graph)
          assert.deepEqual(idsOf(subgraph.nodes, graph).toSorted(), onPath.toSorted())
        }),
      )
    })

    it('never puts an event before one that it cites, over any number of steps', () => {
      fc.assert(
        fc.property(anyCase, ({ room, sets }) => {
          const context = contextOf(room)
          const graph = graphOf(sets, room)
          const full = fullConflictedSet(graph, context)
          const chosen = powerEventsWithChain(full, graph, context)
          const order = idsOf(powerOrder(chosen, graph, context), graph)
          assert.deepEqual(order.toSorted(), idsOf(chosen.nodes, graph).toSorted())
          const places = new Map(order.map((id, at) => [id, at]))
          for (const [id, at] of places)
            for (const cited of authChain([id], room.lookup))
              assert.ok((places.get(cited) ?? -1) < at, `${cited} before ${id}`)
        }),
      )
    })

    it('lets nobody be in a place by an event that the rules forbid from the first', () => {
      fc.assert(
        fc.property(anyRoom(version), (room) => {
          for (const id of room.stateAfter(headsOf(room)).values())
            assert.ok(!room.rejected(id), id)
        }),
      )
    })
  })
}
