import { valueAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import type { FormatOptions } from '../../matrix/event-format.ts'
import type { OperationName } from '../../wire/endpoints.ts'
import type { Limits } from '../limits.ts'
import type { Remote, RemoteRequest } from '../remote.ts'
import type { Inspector, Provenance } from './inspector.ts'
import type { Room } from './room.ts'

interface Ask {
  readonly operation: OperationName
  readonly request: RemoteRequest
  /** Where the answer has its events. */
  readonly list: string
  readonly format?: FormatOptions
}

/** More state than this is not taken from anybody. */
const maxState = 100_000

/** Asks one server for events of a room; what does not come, is malformed or badly signed is just not in the answer. */
export class Fetcher {
  readonly #remote: Remote
  readonly #inspector: Inspector
  readonly #limits: Limits
  /** From then on nothing is asked for; by the clock of `performance`. */
  readonly #deadline: number

  constructor(
    remote: Remote,
    inspector: Inspector,
    limits: Limits,
    deadline = Number.POSITIVE_INFINITY,
  ) {
    this.#remote = remote
    this.#inspector = inspector
    this.#limits = limits
    this.#deadline = deadline
  }

  /** One that gives up after so many milliseconds. */
  within(ms: number): Fetcher {
    return new Fetcher(this.#remote, this.#inspector, this.#limits, performance.now() + ms)
  }

  /** Ancestors of `latest` down to `earliest`. */
  async missingEvents(
    room: Room,
    server: string,
    span: { latest: readonly string[]; earliest: readonly string[] },
  ): Promise<readonly Event[]> {
    const body = {
      earliest_events: span.earliest,
      latest_events: span.latest,
      limit: this.#limits.gapPage,
      // Without it, an event beside our join would make others send what lies before the join.
      min_depth: room.minDepth,
    }
    return this.#events(room, server, {
      operation: 'getMissingEvents',
      request: { params: { roomId: room.id }, body },
      list: 'events',
    })
  }

  /** `from` and their ancestors. */
  async backfill(room: Room, server: string, from: readonly string[]): Promise<readonly Event[]> {
    const query = { v: from, limit: String(this.#limits.gapPage) }
    return this.#events(room, server, {
      operation: 'backfill',
      request: { params: { roomId: room.id }, query },
      list: 'pdus',
      // server-server-api#get_matrixfederationv1backfillroomid: not refused for the number of references.
      format: { countReferences: false },
    })
  }

  async eventAuth(room: Room, server: string, eventId: string): Promise<readonly Event[]> {
    return this.#events(room, server, {
      operation: 'eventAuth',
      request: { params: { roomId: room.id, eventId } },
      list: 'auth_chain',
    })
  }

  async event(room: Room, server: string, eventId: string): Promise<Event | undefined> {
    const events = await this.#events(room, server, {
      operation: 'event',
      request: { params: { eventId } },
      list: 'pdus',
    })
    return events.find(({ id }) => id === eventId)
  }

  async eventsOneByOne(
    room: Room,
    server: string,
    ids: readonly string[],
  ): Promise<readonly Event[]> {
    const events: Event[] = []
    const open = ids.slice(0, this.#limits.singleFetches)
    const workers = Array.from({ length: Math.min(8, open.length) }, async () => {
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        const event = await this.event(room, server, id)
        if (event !== undefined) events.push(event)
      }
    })
    await Promise.all(workers)
    return events
  }

  /** Ids of the state before an event and of its auth chain. */
  async stateIds(
    room: Room,
    server: string,
    eventId: string,
  ): Promise<{ state: readonly string[]; chain: readonly string[] } | undefined> {
    const json = await this.#ask(server, 'stateIds', {
      params: { roomId: room.id },
      query: { event_id: eventId },
    })
    const state = stringsAt(json, 'pdu_ids')
    const chain = stringsAt(json, 'auth_chain_ids')
    return state === undefined || chain === undefined ? undefined : { state, chain }
  }

  /** All events of the state before an event, and of its auth chain. */
  async state(room: Room, server: string, eventId: string): Promise<readonly Event[]> {
    const json = await this.#ask(server, 'state', {
      params: { roomId: room.id },
      query: { event_id: eventId },
    })
    const pdus = [...listAt(json, 'pdus'), ...listAt(json, 'auth_chain')]
    return this.#accept(room, pdus, { via: server })
  }

  async #events(room: Room, server: string, ask: Ask): Promise<readonly Event[]> {
    const json = await this.#ask(server, ask.operation, ask.request)
    return this.#accept(room, listAt(json, ask.list), {
      via: server,
      ...(ask.format === undefined ? {} : { format: ask.format }),
    })
  }

  async #ask(
    server: string,
    operation: OperationName,
    request: RemoteRequest,
  ): Promise<Json | undefined> {
    const left = this.#deadline - performance.now()
    if (left <= 0) return undefined
    const timeoutMs = Math.min(this.#limits.requestMs, left)
    return this.#remote.tryRequest(server, operation, { ...request, timeoutMs })
  }

  async #accept(
    room: Room,
    pdus: readonly Json[],
    from: Omit<Provenance, 'version'>,
  ): Promise<readonly Event[]> {
    const events = await this.#inspector.accept(pdus, { version: room.version, ...from })
    return events.filter(({ roomId }) => roomId === room.id)
  }
}

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const value = valueAt(json, key)
  return Array.isArray(value) ? value.slice(0, maxState) : []
}

const stringsAt = (json: Json | undefined, key: string): readonly string[] | undefined => {
  const value = valueAt(json, key)
  if (!Array.isArray(value)) return undefined
  return value.slice(0, maxState).filter((one): one is string => typeof one === 'string')
}
