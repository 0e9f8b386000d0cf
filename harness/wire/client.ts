import type { Journal } from '../journal/journal.ts'
import type { Json } from '../matrix/event.ts'
import type { SigningKey } from '../matrix/signing-key.ts'
import type { Query } from './endpoints.ts'
import type { Gatekeeper } from './gatekeeper.ts'

export interface ClientLimits {
  /** Bytes of an answer's body; more is garbage. */
  readonly bodyBytes: number
  /** Bytes of an answer's status line and headers; more is garbage. */
  readonly headerBytes: number
  readonly connectMs: number
  /** Milliseconds until the answer's headers are there. */
  readonly headersMs: number
  /** Milliseconds between two pieces of an answer's body. */
  readonly bodyMs: number
  /** Milliseconds for the whole exchange, unless the request says otherwise. */
  readonly totalMs: number
  /** Connections per destination. */
  readonly connections: number
}

/** Where a server name leads. */
export interface Place {
  readonly host: string
  readonly port: number
  /** Name that the certificate must hold and that goes into SNI; absent: `host`. */
  readonly certificateName?: string
  /** Value of the Host header; absent: the server name. */
  readonly hostHeader?: string
}

export interface ClientOptions {
  /** Our server name: the origin of every request. */
  readonly name: string
  readonly key: SigningKey
  /** PEM of the authorities to trust. */
  readonly ca: string | readonly string[]
  readonly journal: Journal
  readonly check?: string
  readonly gatekeeper?: Gatekeeper
  /** IPv4 address to call from, so that servers of ours know the caller by it. */
  readonly localAddress?: string
  /** Asked first; undefined: names with a port and IP literals are used as they are, others are refused. */
  readonly resolve?: (destination: string) => Promise<Place | undefined>
  readonly limits?: Partial<ClientLimits>
}

export interface WireRequest {
  readonly destination: string
  /** Name in endpoints.ts; for another path give `method` and `uri`. */
  readonly operation?: string
  readonly method?: string
  /** Path and query as they go on the wire, instead of `params` and `query`. */
  readonly uri?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Query
  readonly body?: Json
  /** Body as it is, for one that is no JSON; never together with `body`. */
  readonly bytes?: Uint8Array
  /** Absent: as the operation demands; unknown operations are signed. */
  readonly sign?: boolean
  /** Sign as another server. */
  readonly signer?: { readonly origin: string; readonly key: SigningKey }
  readonly timeoutMs?: number
  /** The request breaks a rule on purpose. */
  readonly deliberate?: boolean
  readonly signal?: AbortSignal
  /** Changes the headers after signing. */
  readonly mangle?: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
}

export interface WireReply {
  readonly status: number
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The parsed body; undefined where it is not JSON. */
  readonly json: Json | undefined
  /** Why `json` is undefined though the body claims to be JSON. */
  readonly jsonError?: string
  readonly exchange: number
}

/** The outgoing side of one server: signed, bounded, recorded, over pooled connections. */
export class WireClient {
  readonly name: string

  constructor(options: ClientOptions) {
    this.name = options.name
  }

  /** Throws WireError when there is no complete answer. */
  async request(_request: WireRequest): Promise<WireReply> {
    throw new Error('not yet')
  }

  /** Kills the pooled connections to `destination` (absent: to all) with the exchanges on them, which are recorded as cut by `rule`. */
  sever(_destination?: string, _rule?: string): void {}

  /** Ends idle connections and gives up what is under way. */
  async close(): Promise<void> {}
}
