import { placeOf } from './destination.ts'
import type { openPool } from './pool.ts'
import {
  type ClientLimits,
  type ClientOptions,
  prepare,
  type WireReply,
  type WireRequest,
} from './request.ts'
import { type Route, Sending, Unreachable } from './sending.ts'

export type { Place } from './destination.ts'
export type { ClientLimits, ClientOptions, WireReply, WireRequest } from './request.ts'

const defaults: ClientLimits = {
  bodyBytes: 64 * 1024 * 1024,
  headerBytes: 64 * 1024,
  connectMs: 10_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  totalMs: 60_000,
  connections: 16,
}

const routesKept = 4_096

/** Loaded with the first request, since it takes longer than all else that a server needs at its start. */
let opening: Promise<{ readonly openPool: typeof openPool }> | undefined

/** The outgoing side of one server: signed, bounded, recorded, over pooled connections. */
export class WireClient {
  readonly name: string
  readonly #options: ClientOptions
  readonly #limits: ClientLimits
  /** By destination and place: a name that leads somewhere else gets a pool of its own. */
  readonly #routes = new Map<string, Route>()
  readonly #sendings = new Map<Sending, Promise<unknown>>()
  #closed = false

  constructor(options: ClientOptions) {
    this.name = options.name
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
  }

  /** Throws WireError when there is no complete answer; TypeError for a request that cannot be made at all. */
  async request(request: WireRequest): Promise<WireReply> {
    const prepared = prepare(this.#options, request)
    const sending = new Sending(this.#options, this.#limits, request, prepared)
    if (this.#closed) sending.stop({ ending: 'abandoned', error: 'the client is closed' })
    const reply = sending.run(() => this.#routeTo(request.destination))
    this.#sendings.set(sending, reply)
    try {
      return await reply
    } finally {
      this.#sendings.delete(sending)
    }
  }

  /** Kills the pooled connections to `destination` (absent: to all) with the exchanges on them, which are recorded as cut by `rule`. */
  sever(destination?: string, rule?: string): void {
    const fault = rule === undefined ? {} : { fault: rule }
    for (const sending of this.#sendings.keys()) {
      if (destination === undefined || sending.destination === destination)
        sending.stop({ ending: 'cut', error: 'the link was cut', ...fault })
    }
    for (const [key, route] of this.#routes) {
      if (destination !== undefined && route.destination !== destination) continue
      this.#routes.delete(key)
      void route.pool.destroy()
    }
  }

  /** Ends idle connections and gives up what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    for (const sending of this.#sendings.keys())
      sending.stop({ ending: 'abandoned', error: 'the client was closed' })
    const pools = [...this.#routes.values()].map(({ pool }) => pool.destroy())
    this.#routes.clear()
    await Promise.allSettled([...this.#sendings.values(), ...pools])
  }

  async #routeTo(destination: string): Promise<Route> {
    const place = (await this.#options.resolve?.(destination)) ?? placeOf(destination)
    if (place === undefined)
      throw new Unreachable(`${destination} has no port and is no IP literal: it cannot be found`)
    opening ??= import('./pool.ts')
    const { openPool: open } = await opening
    const spots = [place, ...(place.others ?? [])].map(({ host, port }) => `${host} ${port}`)
    const key = [destination, place.hostHeader ?? '', ...spots].join(' ')
    const known = this.#routes.get(key)
    if (known !== undefined) {
      this.#routes.delete(key)
      this.#routes.set(key, known)
      return known
    }
    this.#forgetOldest()
    const { hostHeader = destination } = place
    const pool = open(place, this.#options, this.#limits)
    const route = { destination, hostHeader, pool }
    this.#routes.set(key, route)
    return route
  }

  /** Old routes go when there are too many: a name may lead elsewhere, and names are many. */
  #forgetOldest(): void {
    for (const [key, { pool }] of this.#routes) {
      if (this.#routes.size < routesKept) return
      this.#routes.delete(key)
      void pool.close().catch(() => undefined)
    }
  }
}
