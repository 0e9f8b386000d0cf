import { Unreachable } from '../../wire/sending.ts'

/** `name`: it is no server name. `not-offered`: its domain says that there is no such service. `busy`: too many searches at once. */
export type DiscoveryProblem = 'name' | 'not-offered' | 'busy'

/** A server name leads nowhere. */
export class DiscoveryError extends Unreachable {
  readonly problem: DiscoveryProblem

  constructor(problem: DiscoveryProblem, message: string) {
    super(message)
    this.problem = problem
  }
}
