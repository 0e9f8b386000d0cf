import type { Event, Json } from '../../matrix/event.ts'
import { MatrixError, PassedOn } from '../errors.ts'
import { type Remote, RemoteError } from '../remote.ts'
import type { Room } from '../rooms/room.ts'
import type { Placed } from '../store/store.ts'
import { isSubjectToPolicy, type Policy, policyOf, withAnswer } from './policy.ts'
import type { PolicyService } from './serving.ts'

export interface PolicyParts {
  /** Whether an event has what the room's policy server has to give. */
  readonly isRecommended: (event: Event, policy: Policy) => boolean
  /** What this server does as a policy server; absent: it is none. */
  readonly service?: PolicyService
}

interface Setup {
  readonly own: string
  readonly remote: Remote
  readonly parts: PolicyParts
  readonly clock: () => number
}

/** How long a policy server that did not answer is not asked about what others send: their events would pile up behind it. */
const pauseMs = 30_000

/** Asks policy servers for their signatures (server-server-api#policy-servers). */
export class Policies {
  readonly #setup: Setup
  /** Server → until when it is not asked. */
  readonly #silent = new Map<string, number>()

  constructor(setup: Setup) {
    this.#setup = setup
  }

  /** An event of ours with the signature that it needs in its room; throws what the policy server said. */
  sign(room: Room, event: Event): Event | Promise<Event> {
    const policy = this.#lackedBy(room, event)
    return policy === undefined ? event : this.#signed(event, policy)
  }

  /** Check 7 of server-server-api#checks-performed-on-receipt-of-a-pdu: what is still not signed after asking is soft failed. */
  async check(room: Room, node: Placed): Promise<Placed> {
    if (node.standing !== 'accepted') return node
    const policy = this.#lackedBy(room, node.event)
    if (policy === undefined) return node
    const event = await this.#tryToSign(node.event, policy)
    if (event !== undefined) {
      // Where the signature changes nothing but itself, the state after the event is the same.
      return { ...node, event }
    }
    const message = `the policy server ${policy.server} has not signed the event`
    return {
      ...node,
      standing: 'soft-failed',
      refusal: { rule: 'ss.ps.not_recommended_soft_fail', message },
    }
  }

  #lackedBy(room: Room, event: Event): Policy | undefined {
    if (!isSubjectToPolicy(event)) return undefined
    const policy = policyOf(room)
    if (policy === undefined || this.#setup.parts.isRecommended(event, policy)) return undefined
    return policy
  }

  async #signed(event: Event, policy: Policy): Promise<Event> {
    const answer = await this.#ask(event, policy).catch((error: unknown) => {
      throw verbatim(error)
    })
    const signed = withAnswer(event, policy, answer)
    if (this.#setup.parts.isRecommended(signed, policy)) return signed
    throw new MatrixError(502, 'M_UNKNOWN', `${policy.server} gave no valid signature`)
  }

  async #tryToSign(event: Event, policy: Policy): Promise<Event | undefined> {
    const { clock } = this.#setup
    if ((this.#silent.get(policy.server) ?? 0) > clock()) return undefined
    this.#silent.delete(policy.server)
    try {
      return await this.#signed(event, policy)
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
      if (error.status >= 500) this.#silent.set(policy.server, clock() + pauseMs)
      return undefined
    }
  }

  #ask(event: Event, { server }: Policy): Promise<Json> {
    const { own, remote, parts } = this.#setup
    if (server !== own) return remote.request(server, 'policySign', { body: { ...event.pdu } })
    return Promise.resolve(parts.service?.(event, own) ?? {})
  }
}

/** What the policy server said, as it said it: clients are to get just that. */
function verbatim(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error
  const { status, errcode, body } = error
  if (status === undefined || status < 400 || errcode === undefined)
    return new MatrixError(502, 'M_UNKNOWN', error.message)
  const { errcode: _, error: words, ...fields } = body ?? {}
  return new PassedOn(status, errcode, typeof words === 'string' ? words : error.message, fields)
}
