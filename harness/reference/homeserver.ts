import type { SigningKey } from '../matrix/signing-key.ts'
import type { Journal } from '../journal/journal.ts'
import type { Network } from '../fabric/network.ts'
import type { InboundRequest, OutboundReply } from '../wire/server.ts'
import type { Authority, Credentials } from '../wire/tls.ts'
import type { Parts } from './parts.ts'
import type { UserOperations } from './users/operations.ts'

/** Answers what lies under /_matrix/client and /_matrix/media; undefined: an unknown path. */
export type ClientApi = (request: InboundRequest) => Promise<OutboundReply | undefined>

export interface ReferenceOptions {
  /** IP address to listen on. */
  readonly address: string
  /** Absent: a free one. */
  readonly port?: number
  /** Absent: `ADDRESS:PORT`. */
  readonly name?: string
  /** Absent: issued by the authority. */
  readonly credentials?: Credentials
  readonly authority?: Authority
  /** PEM of whom this server trusts; absent: the authority. */
  readonly ca?: string
  readonly journal: Journal
  readonly check?: string
  readonly network?: Network
  readonly seed: number
  readonly key?: SigningKey
  readonly clock?: () => number
  /** Absent: those of an honest server. */
  readonly parts?: Parts
  /** Makes the client API of this server; absent: it has none. */
  readonly clientApi?: (server: ReferenceServer) => ClientApi
}

/** A whole homeserver: rooms, store, federation, queues and users. */
export class ReferenceServer {
  readonly name: string
  readonly key: SigningKey
  readonly address: string
  readonly port: number
  readonly users: UserOperations

  static start(options: ReferenceOptions): Promise<ReferenceServer> {
    return Promise.reject(new Error(`not yet: ${options.address}`))
  }

  private constructor(options: ReferenceOptions, port: number, users: UserOperations) {
    this.name = options.name ?? `${options.address}:${port}`
    this.key = options.key as SigningKey
    this.address = options.address
    this.port = port
    this.users = users
  }

  /** Ends waiting syncs and queues, answers what is open, and closes the listener. */
  stop(): Promise<void> {
    return Promise.resolve()
  }
}
