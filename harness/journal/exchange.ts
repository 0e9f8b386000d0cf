/** Bytes of one body as they crossed the wire. */
export interface Body {
  /** What is kept: at most the journal's limit. */
  readonly bytes: Uint8Array
  /** Length on the wire as far as it was read; larger than `bytes.length` when it was cut. */
  readonly length: number
  readonly truncated: boolean
}

/** How an exchange ended. `answered` is the only one with a complete answer. */
export type Ending =
  | 'answered'
  | 'refused'
  | 'reset'
  | 'timeout'
  /** A body or header over a bound, or not HTTP. */
  | 'garbage'
  /** Ended by the fabric: see `fault`. */
  | 'cut'
  /** The harness itself gave it up (scenario over, Ctrl-C). */
  | 'abandoned'

/** One request with its answer between two servers. Times are milliseconds since the run began. */
export interface Exchange {
  readonly kind: 'exchange'
  readonly id: number
  /** Check id of the world it belongs to; absent for the lab's own. */
  readonly check?: string
  /** Server name of the requester; `?` where it did not say and cannot be known. */
  readonly from: string
  readonly to: string
  /** The server of ours that saw it, and from which side. */
  readonly seenBy: 'requester' | 'receiver'
  readonly method: string
  /** Path and query as on the wire. */
  readonly uri: string
  /** Name in wire/endpoints.ts; absent for an unknown path. */
  readonly operation?: string
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: Body }
  readonly response?: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: Body
  }
  readonly startedAt: number
  readonly endedAt: number
  readonly ending: Ending
  /** In words, for every ending but `answered`. */
  readonly error?: string
  /** Id of the fabric's rule that acted on it. */
  readonly fault?: string
  /** Breaks a rule on purpose (request or answer of ours), so that it is not held against the harness. */
  readonly deliberate?: boolean
}

/** The network was changed. */
export interface FabricFact {
  readonly kind: 'fabric'
  readonly check?: string
  readonly at: number
  readonly act: 'begin' | 'end'
  readonly rule: string
  /** `from → to` pairs by server name. */
  readonly links: readonly (readonly [string, string])[]
  readonly fault: string
  /** Only with `end`: exchanges that the rule acted on. */
  readonly hits?: number
}

/** A line in the story: a step begun, a check begun or ended, a line of the target's log. */
export interface Note {
  readonly kind: 'note'
  readonly check?: string
  readonly at: number
  readonly text: string
}

export type Fact = Exchange | FabricFact | Note
