import type { Homeserver } from './homeserver.ts'

/**
 * What is done to an exchange on a link.
 * Between two targets it is done to connections, since what is said on them is under TLS of their own: those that stand are
 * killed by what cuts, new ones are refused, reset and so on; `answer`, and a fault of some operations only, are Unsupported.
 * refuse: the TCP connection is closed before TLS · reset: RST after the request was read, before an answer ·
 * blackhole: accepted, never answered · tls: the handshake fails · hold: waits until released ·
 * delay: milliseconds before it goes on · answer: the sender gets this status instead of the receiver's answer.
 */
export type Fault =
  | { readonly do: 'refuse' }
  | { readonly do: 'reset' }
  | { readonly do: 'blackhole' }
  | { readonly do: 'tls' }
  | { readonly do: 'hold' }
  | { readonly do: 'delay'; readonly ms: number }
  | { readonly do: 'answer'; readonly status: number; readonly body?: string }

/** One direction between two servers, perhaps only for some operations of wire/endpoints.ts. */
export interface LinkMatch {
  readonly from: Homeserver
  readonly to: Homeserver
  readonly operations?: readonly string[]
}

export interface Gate {
  /** How many exchanges wait. */
  readonly held: number
  /** Comes back when at least `count` exchanges wait; throws Inconclusive when that never happens. */
  holds(count: number): Promise<void>
  /** Lets all go on, in order or in the reverse; later ones pass. */
  release(order?: 'in-order' | 'reversed'): void
}

/**
 * Every fault is scoped: it heals when `during` fails, or has ended and the fault has acted on something, since a server may
 * send long after it was told to. One that never does makes the scenario inconclusive.
 */
export interface Fabric {
  /** Cuts every link between the groups (absent second group: among the servers of the first). Default fault: refuse. */
  partitioned<T>(
    servers: readonly Homeserver[],
    during: () => Promise<T>,
    fault?: Fault,
  ): Promise<T>
  /** One direction only. */
  faulty<T>(link: LinkMatch, fault: Fault, during: () => Promise<T>): Promise<T>
  /** Holds what goes over the link; whatever is still held is released at the end. */
  gated<T>(link: LinkMatch, during: (gate: Gate) => Promise<T>): Promise<T>
  /**
   * `HOST:PORT` of everything that the target's proxy was asked for so far, in any check. What a target dials directly, as it
   * may do for IP literals, is not among it. Throws Unsupported where the target goes through no proxy.
   */
  sought(server: Homeserver): readonly string[]
  /** The server's listener is closed (a real refused connection) and it sends nothing. Only a peer can be taken offline. */
  offline<T>(server: Homeserver, during: () => Promise<T>): Promise<T>
}
