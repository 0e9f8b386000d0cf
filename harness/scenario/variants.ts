import type { RoomVersion } from '../matrix/room-version.ts'
import type { Scenario, Seat } from './scenario.ts'

/** One scenario in one variant: the unit of result, baseline and matrix. */
export interface Check {
  /** `folder/file/slug[v11,hs2]`, with what does not vary left out. */
  readonly id: string
  readonly scenario: Scenario
  readonly version: RoomVersion
  /** Where the first target sits; absent in a story of target and peer. */
  readonly seat?: Seat
}

/** All checks of a scenario for the room versions of a run: each version that the story is about, and each seat. */
export function variants(scenario: Scenario, versions: readonly RoomVersion[]): readonly Check[] {
  const { story, id } = scenario
  const fitting = versions.filter((version) => story.versions?.(version) ?? true)
  const told = story.anyVersion ? fitting.slice(-1) : fitting
  const seats: readonly (Seat | undefined)[] = story.seats ?? [undefined]
  return told.flatMap((version) =>
    seats.map((seat) => ({
      id: checkId(id, story.anyVersion ? undefined : version.id, seat),
      scenario,
      version,
      ...(seat === undefined ? {} : { seat }),
    })),
  )
}

function checkId(scenario: string, version: string | undefined, seat: Seat | undefined): string {
  const parts = [...(version === undefined ? [] : [`v${version}`]), ...(seat ? [seat] : [])]
  return parts.length === 0 ? scenario : `${scenario}[${parts.join(',')}]`
}
