import { authChain, authEdges, between, type EventLookup } from '../graph.ts'
import type { StateMap } from '../state-key.ts'
import type { Resolution } from './resolution.ts'

/**
 * The conflicted state set with the auth difference and, from v2.1, the conflicted state subgraph. Of these only the
 * state events that are at hand.
 */
export const fullConflictedSet = (
  sets: readonly StateMap[],
  conflicted: ReadonlySet<string>,
  { lookup, version, asDeployed }: Resolution,
): Set<string> => {
  const full = new Set(conflicted)
  for (const id of authDifference(sets, lookup, asDeployed)) full.add(id)
  if (version.stateResolution === 'v2.1')
    for (const id of conflictedSubgraph(conflicted, lookup)) full.add(id)
  for (const id of full) if (lookup(id)?.pdu.state_key === undefined) full.delete(id)
  return full
}

/** The events that are in the auth chain of some states, and not of all. */
export const authDifference = (
  sets: readonly StateMap[],
  lookup: EventLookup,
  asDeployed = false,
): Set<string> => {
  const counts = new Map<string, number>()
  for (const set of sets) {
    const chain = authChain(set.values(), lookup)
    if (asDeployed) for (const id of set.values()) chain.add(id)
    for (const id of chain) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  const difference = new Set<string>()
  for (const [id, count] of counts) if (count < sets.length) difference.add(id)
  return difference
}

/** The events on every path through auth_events from one conflicted event to another, both included. */
export const conflictedSubgraph = (
  conflicted: ReadonlySet<string>,
  lookup: EventLookup,
): Set<string> => between(conflicted, authEdges(lookup))
