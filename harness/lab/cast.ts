import type { Seat } from '../scenario/scenario.ts'
import type { Check } from '../scenario/variants.ts'
import { Unsupported } from '../world/errors.ts'
import type { Homeserver, Peer } from '../world/homeserver.ts'
import type { World } from '../world/world.ts'

/** All servers of one world. */
export interface Company {
  /** One or two. */
  readonly targets: readonly [Homeserver, ...Homeserver[]]
  readonly peers: readonly Peer[]
}

/** How many peers a check needs beside its targets. */
export const peersOf = ({ scenario }: Check, targets: number): number =>
  (scenario.story.peers ?? 1) - (targets - 1)

/**
 * Gives each server its place in the world. The first target takes the check's seat; the other seat is the second
 * target's, or the peer's. `hs3` is who comes next: the second peer, whether or not the first had to give its place to a
 * target. Asking for who is not there throws.
 */
export function cast(
  { seat, version }: Check,
  { targets, peers }: Company,
  stage: Pick<World, 'fabric' | 'oracle'>,
): World {
  const [target, second] = targets
  const places: readonly (Peer | undefined)[] = second ? [undefined, ...peers] : peers
  const peerAt = (index: number): Peer => places[index] ?? missing(index, second !== undefined)
  const seated = (asked: Seat): Homeserver => {
    if (seat === undefined) throw new Error(`the story has no seats, so nobody is ${asked}`)
    return asked === seat ? target : (second ?? peerAt(0))
  }
  return {
    ...stage,
    version,
    target,
    get hs1() {
      return seated('hs1')
    },
    get hs2() {
      return seated('hs2')
    },
    get hs3() {
      return peerAt(1)
    },
    get peer() {
      return peerAt(0)
    },
    get peer2() {
      return peerAt(1)
    },
    get peer3() {
      return peerAt(2)
    },
  }
}

function missing(index: number, twoTargets: boolean): never {
  if (index === 0 && twoTargets)
    throw new Unsupported('two-targets', 'the story needs a peer where the second target sits')
  throw new Error(`the story has no peer${index + 1}: it has to say peers: ${index + 1}`)
}
