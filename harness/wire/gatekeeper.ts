/** What is done to a connection or an exchange. 'hold' is a decision that comes late: a promise that resolves to pass. */
export interface Decision {
  readonly do: 'pass' | 'refuse' | 'reset' | 'blackhole' | 'tls' | 'delay' | 'answer'
  /** Id of the rule that decided; recorded with the exchange, also where it passes after a hold or a delay. */
  readonly rule?: string
  /** With `delay`: milliseconds until it goes on. */
  readonly ms?: number
  /** With `answer`. */
  readonly status?: number
  readonly body?: string
  /** With `blackhole`: resolves when the link heals; the silent socket is reset then. */
  readonly healed?: Promise<void>
}

export const pass: Decision = { do: 'pass' }

/**
 * Header between two servers of this process, `NUMBER NAME`: the requester records the exchange under that number, so the
 * receiver need not. It is in no record and never goes to a server that is not ours.
 */
export const exchangeHeader = 'x-fedcheck-exchange'

export interface Caller {
  readonly name: string
  /** A server of this process: it records its exchanges itself, as requester, and its own side has already asked. */
  readonly ours: boolean
}

/** A new TCP connection at a listener of ours, before TLS. */
export interface Link {
  /** Undefined: an outsider who cannot be told from other outsiders before it speaks. */
  readonly from: string | undefined
  readonly to: string
}

export interface Hop extends Link {
  /** Name in endpoints.ts. */
  readonly operation?: string
  /** Number of the exchange in the journal. */
  readonly exchange: number
  readonly side: 'requester' | 'receiver'
  /** Aborted when the exchange is given up while a decision is awaited. */
  readonly signal?: AbortSignal
}

/** What servers and clients of the wire ask before they let anything through. The fabric is one. */
export interface Gatekeeper {
  /** Whether a server of that name lives in this process. */
  isOurs(name: string): boolean
  /** Who calls from `address`, where that can be told. `claimed`: the origin that a request names, empty where it names none; absent before a request. */
  caller(address: string, claimed?: string): Caller | undefined
  connecting(link: Link): Decision
  requesting(hop: Hop): Decision | Promise<Decision>
}
