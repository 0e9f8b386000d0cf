import { authorize } from '../auth-rules/authorize.ts'
import { type AuthState, membershipIn } from '../auth-rules/deed.ts'
import type { Event } from '../event.ts'
import type { AuthGraph } from './auth-graph.ts'
import { bringNear, lotSize } from './nearness.ts'
import type { ResolvedState } from './resolved-state.ts'
import type { Resolution } from './resolution.ts'

/** The iterative auth checks: adds to `state` every event of `nodes` that is allowed when its turn comes. */
export const applyAllowed = (nodes: readonly number[], circumstances: Circumstances): void => {
  const { state, graph, context } = circumstances
  const { version, observer } = context
  const turn = new Turn(circumstances)
  const before = turn.stateBefore()
  for (const [at, node] of nodes.entries()) {
    if (at % lotSize === 0)
      bringNear(nodes.slice(at, at + lotSize).map((each) => graph.eventAt(each)))
    const event = graph.eventAt(node)
    if (event === undefined) continue
    turn.goTo(node, event)
    const refusal = authorize(event, before, version)
    observer?.judged(event.id, refusal)
    if (refusal === undefined) state.put(event, graph.placeOf(node), graph.membershipOf(node))
  }
}

interface Circumstances {
  readonly state: ResolvedState
  readonly graph: AuthGraph
  readonly context: Resolution
}

/** Whose turn it is to be judged: one object for all events, since there are many. */
class Turn {
  readonly #state: ResolvedState
  readonly #graph: AuthGraph
  readonly #context: Resolution
  #node = 0
  #event: Event | undefined

  constructor({ state, graph, context }: Circumstances) {
    this.#state = state
    this.#graph = graph
    this.#context = context
  }

  goTo(node: number, event: Event): void {
    this.#node = node
    this.#event = event
  }

  /** The state so far, and for places that it lacks what the event cites, unless that was rejected. */
  stateBefore(): AuthState {
    return Object.assign((type: string, key: string) => this.#eventAt(type, key), {
      membershipOf: (user: string) => this.#membershipOf(user),
    })
  }

  #eventAt(type: string, key: string): Event | undefined {
    const place = this.#graph.places.numberOf(type, key)
    return this.#state.has(place) ? this.#state.eventAt(place) : this.#citedAt(type, key)
  }

  #membershipOf(user: string): string | undefined {
    const place =
      user === this.#event?.pdu.sender
        ? this.#graph.senderPlaceOf(this.#node)
        : this.#graph.places.numberOf('m.room.member', user)
    return this.#state.has(place)
      ? this.#state.membershipAt(place)
      : membershipIn(this.#citedAt('m.room.member', user))
  }

  #citedAt(type: string, key: string): Event | undefined {
    const create = this.#event && this.#graph.impliedCreateOf(this.#event)
    const isCreate = create?.pdu.type === type && create.pdu.state_key === key
    return isCreate && !this.#context.rejected(create.id)
      ? create
      : this.#graph.soundCitedAt(this.#node, type, key)
  }
}
