import type { Journal } from '../journal/journal.ts'
import type { Json } from '../matrix/event.ts'
import type { Operation } from './endpoints.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import type { Credentials } from './tls.ts'

/** A request that was read completely. */
export interface InboundRequest {
  readonly method: string
  /** Path and query as on the wire: what X-Matrix signs. */
  readonly uri: string
  /** The part before `?`, still escaped. */
  readonly path: string
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Number of the exchange in the journal. */
  readonly exchange: number
  /** Absent for a path or method that the server-server API does not have. */
  readonly operation?: Operation
  /** Path parameters of `operation`, unescaped. */
  readonly params: Readonly<Record<string, string>>
  readonly remoteAddress: string
  /** The origin that an X-Matrix header claims; not verified. */
  readonly claimedOrigin?: string
  /** Aborted when the requester has gone or the link was cut. */
  readonly signal: AbortSignal
}

/** `json` or `bytes`, not both; neither is an empty body. */
export interface OutboundReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: Json
  readonly bytes?: Uint8Array
  /** The answer breaks a rule on purpose. */
  readonly deliberate?: boolean
}

export interface ListenLimits {
  /** Bytes of a request body; more is answered 413 and recorded as garbage. */
  readonly bodyBytes: number
  /** Bytes of the bodies of all requests under way; what goes beyond is answered 503 and recorded as garbage. */
  readonly bodiesBytes: number
  /** Bytes of request line and headers; more is answered 431. */
  readonly headerBytes: number
  /** Milliseconds from the connection until the headers are there. */
  readonly headersMs: number
  /** Milliseconds from the connection until the body is there. */
  readonly requestMs: number
  /** Milliseconds that a connection may stay open between two requests. */
  readonly idleMs: number
  /** Milliseconds until an answer has been taken; whoever reads slower is cut off. */
  readonly replyMs: number
  /** Milliseconds that `close` waits for requests under way. */
  readonly drainMs: number
  /** Open connections; more are dropped. */
  readonly connections: number
  /** Requests under way on one connection; whoever sends more without waiting for answers is cut off. */
  readonly pipelined: number
}

export interface ListenOptions {
  /** The server name that this listener answers for, perhaps made from the port. */
  readonly name: string | ((port: number) => string)
  readonly address: string
  /** 0 or absent: any free one. */
  readonly port?: number
  /** Absent: plain HTTP. */
  readonly credentials?: Credentials
  readonly journal: Journal
  readonly check?: string
  readonly gatekeeper?: Gatekeeper
  /** What it throws becomes a 500 and goes to `onError`: it is the harness's own fault. */
  handle(request: InboundRequest): Promise<OutboundReply>
  onError?(error: unknown, exchange: number): void
  readonly limits?: Partial<ListenLimits>
}

/** An open connection, as far as it is known who is at the other end. */
export interface OpenConnection {
  readonly remoteAddress: string
  readonly from: string | undefined
  /** Origins that X-Matrix claimed on it so far. */
  readonly claimed: ReadonlySet<string>
}

export interface Listener {
  readonly name: string
  readonly address: string
  readonly port: number
  /** Closes the listening socket and resets every connection: who comes now is really refused. */
  refuseAll(rule?: string): Promise<void>
  /** Listens again on the same port. */
  resume(): Promise<void>
  /** Resets the open connections that match; their exchanges are recorded as cut by `rule`. Answers how many there were. */
  sever(matches: (connection: OpenConnection) => boolean, rule?: string): number
  /** Stops listening, waits for requests under way, then resets what is left. */
  close(): Promise<void>
}
