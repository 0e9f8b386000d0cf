import type { RequirementId } from '../../fixtures/requirements/index.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { World } from '../world/world.ts'

/** A place in a story of honest servers that the target takes in turn. */
export type Seat = 'hs1' | 'hs2'

/** A DNS name for each peer that is to have one, and then only lower case. */
type PeerHosts = Readonly<Partial<Record<'peer' | 'peer2' | 'peer3', string>>>

export interface Story {
  /** Permanent name within its file, never reused: `folder/file/id` is what baselines and selectors refer to. */
  readonly id: string
  /** What the scenario shows the target to do, if it passes. */
  readonly proves: RequirementId | readonly RequirementId[]
  /** The places that the target takes in turn, one check each. Absent: a story of `target` and `peer`. */
  readonly seats?: readonly Seat[]
  /** How many peers the story has on the stage: 2 for `peer2` or `hs3`, 3 for `peer3`. Absent: 1. */
  readonly peers?: 1 | 2 | 3
  /**
   * DNS names that peers have for their server names, with their ports: `{ peer: 'hs1.example.org' }`. Absent: IP literals.
   * A target that goes through no proxy cannot find them: the story is skipped.
   */
  readonly names?: PeerHosts
  /** DNS names that certificates are for, where that is not the name of the peer, on purpose. */
  readonly certificates?: PeerHosts
  /** The room versions that it is about. Absent: all. */
  readonly versions?: (version: RoomVersion) => boolean
  /** Told once, and not for each room version, because nothing in it depends on one. */
  readonly anyVersion?: true
  /** Capabilities that the target has to offer, as `restart`. */
  readonly needs?: readonly string[]
  /** Version of fedcheck that first had it, if not the first one: a baseline that is older does not know it. */
  readonly since?: string
  /** Milliseconds that one wait may take before its last complaint counts. Absent: 10,000. */
  readonly patience?: number
  run(world: World): Promise<void>
}

/** A story with its whole name. */
export interface Scenario {
  /** `folder/file/slug`. */
  readonly id: string
  readonly title: string
  readonly proves: readonly RequirementId[]
  readonly story: Story
}

/** A suite is not as it must be: its author's fault, found before anything runs. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError'
  readonly code: 'outside' | 'id' | 'duplicate' | 'requirement' | 'story'

  constructor(code: SuiteError['code'], message: string) {
    super(message)
    this.code = code
  }
}

let loading: { readonly file: string; readonly found: Scenario[] } | undefined

const slug = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** What is written below the port in a server name (appendices#server-name), and is no IP literal. */
const dnsName = /^(?=.{1,230}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/

function checkHosts(id: string, { names, certificates, peers = 1 }: Story): void {
  const onStage = ['peer', 'peer2', 'peer3'].slice(0, peers)
  for (const [peer, host] of [names, certificates].flatMap((each) => Object.entries(each ?? {}))) {
    if (!onStage.includes(peer))
      throw new SuiteError('story', `${id} names a ${peer} that it lacks`)
    if (!dnsName.test(host)) throw new SuiteError('story', `${id}: ${host} is no DNS name`)
  }
}

/** Registers a scenario under the suite file that is being loaded. Each of its checks gets a world of its own. */
export function scenario(title: string, story: Story): void {
  if (loading === undefined)
    throw new SuiteError('outside', `scenario '${story.id}' is not in a suite that fedcheck loads`)
  const id = `${loading.file}/${story.id}`
  if (!slug.test(story.id))
    throw new SuiteError('id', `${id}: an id is made of a-z, 0-9 and single hyphens`)
  const proves = [story.proves].flat()
  if (proves.length === 0) throw new SuiteError('story', `${id} proves nothing`)
  if (story.seats?.length === 0) throw new SuiteError('story', `${id} has no seat for the target`)
  checkHosts(id, story)
  loading.found.push({ id, title, proves, story })
}

/** Runs `load` and answers what it registered. `file` is the path below the suites' folder, without extension. Never two at once. */
export async function registered(
  file: string,
  load: () => Promise<unknown>,
): Promise<readonly Scenario[]> {
  const found: Scenario[] = []
  loading = { file, found }
  try {
    await load()
  } finally {
    loading = undefined
  }
  return found
}

/** Throws `SuiteError` for two scenarios of one name, and for requirements that nobody knows. */
export function checkScenarios(
  scenarios: readonly Scenario[],
  isRequirement: (id: string) => boolean,
): void {
  const seen = new Set<string>()
  for (const { id, proves } of scenarios) {
    if (seen.has(id)) throw new SuiteError('duplicate', `two scenarios have the id ${id}`)
    seen.add(id)
    const unknown = proves.find((one) => !isRequirement(one))
    if (unknown !== undefined)
      throw new SuiteError('requirement', `${id} proves ${unknown}, which is no requirement`)
  }
}
