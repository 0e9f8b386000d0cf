import type { Event } from '../matrix/event.ts'
import { parentIds } from '../matrix/references.ts'
import type { StateMap } from '../matrix/state-key.ts'
import type { Fate, LawfulState, OracleView } from '../world/world.ts'
import { differencesOf } from './explanation.ts'
import { authChainOf, historyOf } from './history.ts'
import { judge } from './judgement.ts'

/**
 * Says what has to become of events, from the events alone and anew at each question: it shares the algorithms with the
 * reference homeserver, and nothing of what that one keeps. Format, hashes and signatures are taken to be in order.
 * Throws OracleError where the events given do not hold all history, or no possible one.
 */
export const oracle: OracleView = {
  stateAfter: (events, heads) => [...stateMapAfter(events, heads).values()].toSorted(),
  outcomesAfter: (events, heads) => outcomesAfter(events, heads),
  fates: (events) =>
    judge(
      historyOf(
        events,
        events.map(({ id }) => id),
      ),
    ).fates,
  authChain: (events, ids) => [...authChainOf(events, ids)].toSorted(),
}

/** The resolved state after all of `heads`, by place. Throws OracleError. */
export const stateMapAfter = (events: readonly Event[], heads: readonly string[]): StateMap =>
  judge(historyOf(events, heads), { kept: heads }).stateAfter(heads)

/** A whole history judged by one reading of the algorithm; see `asDeployed` of matrix/state-resolution/resolution.ts. */
export interface Reading {
  /** Sorted ids. */
  readonly state: readonly string[]
  readonly fates: ReadonlyMap<string, Fate>
}

/** The history of `events`, and the state after all of `heads`, by the letter and as deployed servers read it. Throws OracleError. */
export const readings = (
  events: readonly Event[],
  heads: readonly string[],
): readonly [Reading, Reading] => {
  const history = historyOf(events, [...heads, ...events.map(({ id }) => id)])
  const read = (asDeployed: boolean): Reading => {
    const judgement = judge(history, { kept: heads, asDeployed })
    return { fates: judgement.fates, state: [...judgement.stateAfter(heads).values()].toSorted() }
  }
  return [read(false), read(true)]
}

const outcomesAfter: OracleView['outcomesAfter'] = (events, heads) => {
  const history = historyOf(events, heads)
  const byId = new Map(events.map((event) => [event.id, event]))
  const lookup = (id: string): Event | undefined => byId.get(id)
  const outcomes = new Map<string, LawfulState>()
  for (const asDeployed of [false, true]) {
    const lawful = judge(history, { kept: heads, asDeployed }).stateAfter(heads)
    const ids = [...lawful.values()].toSorted()
    if (!outcomes.has(ids.join(' ')))
      outcomes.set(ids.join(' '), {
        ids,
        differences: (claimed) =>
          differencesOf({ history, lookup, heads, asDeployed, lawful, claimed }),
      })
  }
  return [...outcomes.values()]
}

/** The state before one of `events`. Throws OracleError. */
export const stateMapBefore = (events: readonly Event[], event: Event): StateMap =>
  stateMapAfter(events, parentIds(event))
