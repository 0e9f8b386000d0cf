import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { type Check, variants } from '../scenario/variants.ts'
import { selected } from './select.ts'

export interface PlanOptions {
  readonly versions: readonly RoomVersion[]
  readonly selectors: readonly string[]
  /** Only these checks, as from the last run's failures. */
  readonly only?: ReadonlySet<string>
  /** How many targets: of two, each takes a seat, so only stories with seats can be told. */
  readonly targets: number
}

/** What a run is going to do, in a stable order. Throws `SelectorError`. */
export function plan(scenarios: readonly Scenario[], options: PlanOptions): readonly Check[] {
  const told = scenarios.filter(({ story }) => options.targets === 1 || story.seats !== undefined)
  const checks = told.flatMap((scenario) => variants(scenario, options.versions))
  const wanted = selected(checks, options.selectors, inventory(scenarios))
  return wanted.filter(({ id }) => options.only?.has(id) ?? true)
}

/** Every check that there is: all scenarios in all versions. */
export const inventory = (scenarios: readonly Scenario[]): readonly Check[] =>
  scenarios.flatMap((scenario) => variants(scenario, Object.values(roomVersions)))
