import type { JsonObject } from '../../matrix/event.ts'
import type { Limits } from '../limits.ts'
import { type Remote, RemoteError } from '../remote.ts'
import type { Room } from '../rooms/room.ts'
import type { Placed } from '../store/store.ts'
import { Queue, type SendingParts, type Transaction } from './queue.ts'

export interface ReplicationParts extends Omit<SendingParts, 'afterFailure'> {
  /**
   * Servers that an event goes to; a server named twice gets it twice, and this server's own name is passed over.
   * `known`: all servers to which something was sent before.
   */
  readonly destinations: (room: Room, node: Placed, known: readonly string[]) => readonly string[]
  /** The id under which a transaction is sent; `attempt` counts all tries of the server. */
  readonly transactionId: (id: string, attempt: number) => string
  /** Whether a transaction may go out now; what may not is tried again later. */
  readonly mayStart: (server: string, failing: ReadonlySet<string>) => boolean
  /** As of a queue. `failure`: what the last try came to. */
  readonly afterFailure: (
    failures: number,
    failure?: RemoteError,
  ) => ReturnType<SendingParts['afterFailure']>
}

export interface SenderSetup {
  readonly remote: Remote
  readonly parts: ReplicationParts
  readonly limits: Limits
  readonly clock: () => number
}

/** The outgoing side of replication: one queue for each destination. */
export class Sender {
  readonly #setup: SenderSetup
  readonly #queues = new Map<string, Queue>()
  readonly #failing = new Map<string, RemoteError>()
  readonly #giveUp = new AbortController()
  readonly #prefix: string
  #count = 0
  #attempts = 0

  constructor(setup: SenderSetup) {
    this.#setup = setup
    this.#prefix = setup.clock().toString(36)
  }

  /** Sends an event that this server answers for to whom it concerns, but for `except`. */
  replicate(room: Room, node: Placed, except?: string): void {
    const known = [...this.#queues.keys()]
    for (const server of this.#setup.parts.destinations(room, node, known))
      if (server !== except && server !== this.#setup.remote.name)
        this.queue(server).add(node.event)
  }

  /** The other server has made a valid request, so it is reachable. */
  wake(server: string): void {
    this.#queues.get(server)?.wake()
  }

  queue(server: string): Queue {
    const known = this.#queues.get(server)
    if (known !== undefined) return known
    const { parts, limits, clock } = this.#setup
    const queue = new Queue({
      transmit: (transaction) => this.#transmit(server, transaction),
      nextId: () => {
        this.#count += 1
        return `${this.#prefix}-${this.#count}`
      },
      clock,
      parts: {
        ...parts,
        afterFailure: (failures) => parts.afterFailure(failures, this.#failing.get(server)),
      },
      limits,
    })
    this.#queues.set(server, queue)
    return queue
  }

  /** Servers to which the last try failed. */
  get failing(): ReadonlySet<string> {
    return new Set(this.#failing.keys())
  }

  /** PDUs that wait, for all destinations together. */
  get waiting(): number {
    return [...this.#queues.values()].reduce((sum, { waiting }) => sum + waiting, 0)
  }

  stop(): void {
    for (const queue of this.#queues.values()) queue.stop()
    this.#giveUp.abort()
  }

  async #transmit(server: string, transaction: Transaction): Promise<boolean> {
    const { remote, limits, parts } = this.#setup
    this.#attempts += 1
    if (!parts.mayStart(server, this.failing)) return false
    try {
      await remote.request(server, 'send', {
        params: { txnId: parts.transactionId(transaction.id, this.#attempts) },
        body: this.#bodyOf(transaction),
        timeoutMs: limits.transactionMs,
        signal: this.#giveUp.signal,
      })
      this.#failing.delete(server)
      return true
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
      this.#failing.set(server, error)
      return false
    }
  }

  /** The same for every try of a transaction. */
  #bodyOf({ pdus, edus, made }: Transaction): JsonObject {
    return {
      origin: this.#setup.remote.name,
      origin_server_ts: made,
      pdus: pdus.map(({ pdu }) => ({ ...pdu })),
      ...(edus.length === 0 ? {} : { edus }),
    }
  }
}
