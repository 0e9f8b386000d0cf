import type { Network } from '../fabric/network.ts'
import type { Journal } from '../journal/journal.ts'
import type { Target } from '../targets/target.ts'
import type { Addresses } from '../wire/addresses.ts'
import type { Authority } from '../wire/tls.ts'

/** What all worlds of a run share. */
export interface Bench {
  readonly targets: readonly Target[]
  readonly authority: Authority
  readonly addresses: Addresses
  readonly network: Network
  readonly journal: Journal
  readonly seed: number
  /** Multiplies every wait. */
  readonly timeoutScale: number
}
