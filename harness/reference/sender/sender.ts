import type { JsonObject } from '../../matrix/event.ts'
import type { Limits } from '../limits.ts'
import { type Remote, RemoteError } from '../remote.ts'
import type { Room } from '../rooms/room.ts'
import type { Placed, Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import { Queue } from './queue.ts'
import type { SendingParts } from './queue-setup.ts'
import { Shelves } from './shelf.ts'
import type { EduOrder, Result, Transaction } from './transaction.ts'

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
  /** 0 ≤ x < 1 */
  readonly random: () => number
  readonly store: Store
  /** Something is given up for good. */
  readonly tell: (what: string) => void
  readonly onFault: (error: unknown) => void
}

/** The outgoing side of replication: one queue for each destination. What waits is kept by the store. */
export class Sender {
  readonly #setup: SenderSetup
  readonly #shelves: Shelves
  readonly #queues = new Map<string, Queue>()
  readonly #failing = new Map<string, RemoteError>()
  readonly #giveUp = new AbortController()
  readonly #prefix: string
  #count = 0
  #attempts = 0

  constructor(setup: SenderSetup) {
    this.#setup = setup
    this.#shelves = new Shelves(setup.store)
    const runs = setup.store.table<number>('sender')
    const run = (runs.get('runs') ?? 0) + 1
    runs.set('runs', run)
    // The time alone would not tell runs apart where the clock has been put back.
    this.#prefix = `${setup.clock().toString(36)}.${run.toString(36)}`
  }

  /** Goes on with what an earlier run has not delivered. */
  resume(): void {
    for (const server of this.#shelves.servers) this.queue(server).resume()
  }

  /** Sends an event that this server answers for to whom it concerns, but for `except`. */
  replicate(room: Room, node: Placed, except?: string): void {
    const known = [...this.#queues.keys()]
    for (const server of this.#setup.parts.destinations(room, node, known))
      if (server !== except && server !== this.#setup.remote.name)
        this.queue(server).add(node.event)
  }

  /**
   * Sends an EDU to servers; this server's own name is passed over. With `keep: 'always'` (to-device messages, device
   * lists, signing keys) it is delivered whatever happens, once it is durable as everything that was put in the same turn
   * of the event loop; with `keep: 'latest'` (typing, presence, receipts) it may be dropped. With a `key`, such as
   * `typing ROOM USER`, it takes the place of what waits for the same server under that key.
   */
  sendEdu(servers: Iterable<string>, edu: JsonObject, order: EduOrder): void {
    for (const server of new Set(servers))
      if (server !== this.#setup.remote.name) this.queue(server).addEdu(edu, order)
  }

  /** The other server has made a valid request, so it is reachable. */
  wake(server: string): void {
    this.#queues.get(server)?.wake()
  }

  queue(server: string): Queue {
    const known = this.#queues.get(server)
    if (known !== undefined) return known
    const { parts, ...setup } = this.#setup
    const queue = new Queue({
      ...setup,
      transmit: (transaction) => this.#transmit(server, transaction),
      nextId: () => {
        this.#count += 1
        return `${this.#prefix}-${this.#count}`
      },
      parts: {
        ...parts,
        afterFailure: (failures) => parts.afterFailure(failures, this.#failing.get(server)),
      },
      shelf: this.#shelves.of(server),
      tell: (what) => setup.tell(`for ${server}: ${what}`),
    })
    this.#queues.set(server, queue)
    return queue
  }

  /** Every server that something was sent to, with the PDUs that wait for it and why the last try failed, if it did. */
  get destinations(): readonly { server: string; waiting: number; failure?: string }[] {
    return [...this.#queues].map(([server, { waiting }]) => {
      const failure = this.#failing.get(server)?.message
      return { server, waiting, ...(failure === undefined ? {} : { failure }) }
    })
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

  async #transmit(server: string, transaction: Transaction): Promise<Result> {
    const { remote, limits, parts, store } = this.#setup
    this.#attempts += 1
    if (!parts.mayStart(server, this.failing)) return {}
    try {
      // After a crash the same has to go out under the same id, and what others know this server must know too.
      await store.durable()
      await remote.request(server, 'send', {
        params: { txnId: parts.transactionId(transaction.id, this.#attempts) },
        body: this.#bodyOf(transaction),
        timeoutMs: limits.transactionMs,
        signal: this.#giveUp.signal,
      })
      this.#failing.delete(server)
      return 'arrived'
    } catch (error) {
      if (error instanceof RemoteError) {
        this.#failing.set(server, error)
        return error
      }
      this.#setup.onFault(error)
      // What cannot even be sent is to block the rest no more than what is refused.
      return error instanceof StoreError ? {} : { status: 400 }
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
