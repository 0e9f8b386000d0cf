import { integerAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isEventId, isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import type { Tell } from '../devices/device-updates.ts'
import { forbidden } from '../errors.ts'
import { isPresumablyJoined } from '../rooms/presumably-joined.ts'
import type { Room } from '../rooms/room.ts'
import type { Table } from '../store/store.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'

export type ReceiptType = 'm.read' | 'm.read.private'

const receiptTypes: readonly ReceiptType[] = ['m.read', 'm.read.private']

export type Receipt = {
  readonly room: string
  readonly user: string
  readonly type: ReceiptType
  /** Absent: for the room whatever the thread. */
  readonly thread?: string
  readonly event: string
  /** Milliseconds since the epoch. */
  readonly ts: number
}

type Kept = Receipt & { readonly position: number }

interface InRoom {
  readonly all: Map<string, Kept>
  /** Position of the newest. */
  last: Position
}

/** Of one room, so that made-up threads do not fill the memory. */
const maxPerRoom = 50_000
const maxThreadLength = 255

const keyOf = ({ room, type, user, thread = '' }: Receipt): string =>
  JSON.stringify([room, type, user, thread])

/** How far users have read (client-server-api#receipts). */
export class Receipts {
  readonly #table: Table<Kept>
  readonly #streams: Streams
  readonly #tell: Tell
  readonly #clock: () => number
  readonly #rooms = new Map<string, InRoom>()

  constructor(
    table: Table<Kept>,
    { streams, tell, clock }: { streams: Streams; tell: Tell; clock: () => number },
  ) {
    this.#table = table
    this.#streams = streams
    this.#tell = tell
    this.#clock = clock
    for (const [key, kept] of table.entries()) {
      this.#file(key, kept)
      streams.startAfter(kept.position)
    }
  }

  #file(key: string, kept: Kept): void {
    const known = this.#rooms.get(kept.room) ?? { all: new Map<string, Kept>(), last: 0 }
    this.#rooms.set(kept.room, known)
    known.all.set(key, kept)
    known.last = Math.max(known.last, kept.position)
  }

  /** Of a user of ours; private ones stay here. M_FORBIDDEN for who is not in the room. */
  set(room: Room, receipt: Omit<Receipt, 'room' | 'ts'>): void {
    const { user, type, thread, event } = receipt
    if (room.membership(user) !== 'join') throw forbidden(`${user} is not in the room`)
    const ts = this.#clock()
    const isNews = this.#put(room, { ...receipt, room: room.id, ts })
    if (!isNews || type !== 'm.read') return
    const data = { ts, ...(thread === undefined ? {} : { thread_id: thread }) }
    const content = { [room.id]: { 'm.read': { [user]: { event_ids: [event], data } } } }
    const key = `receipt ${room.id} ${user} ${thread ?? ''}`
    this.#tell(room.servers, { edu_type: 'm.receipt', content }, { keep: 'latest', key })
  }

  /** What an m.receipt from `origin`, which may take part in the room, says of it. */
  receive(origin: string, room: Room, content: Json): void {
    const read = valueAt(content, 'm.read')
    if (!isObject(read)) return
    for (const [user, json] of Object.entries(read)) {
      const receipt = readReceipt(json)
      if (receipt === undefined || !isUserId(user) || serverNameOf(user) !== origin) continue
      if (!isPresumablyJoined(room, user)) continue
      this.#put(room, { ...receipt, room: room.id, user, type: 'm.read' })
    }
  }

  #put(room: Room, receipt: Receipt): boolean {
    const all = this.#rooms.get(room.id)?.all
    const key = keyOf(receipt)
    const known = all?.get(key)
    const isFull = known === undefined && (all?.size ?? 0) >= maxPerRoom
    if (known?.event === receipt.event || isFull) return false
    const concerns =
      receipt.type === 'm.read'
        ? (waiting: string) => room.membership(waiting) === 'join'
        : (waiting: string) => waiting === receipt.user
    const kept = { ...receipt, position: this.#streams.advance(concerns) }
    this.#file(key, kept)
    this.#table.set(key, kept)
    return true
  }

  /** Position of the newest; 0 where there is none. */
  newestIn(room: string): Position {
    return this.#rooms.get(room)?.last ?? 0
  }

  /** A user's own, public and private; in no thread where none is named. */
  own(room: string, user: string, thread?: string): readonly Receipt[] {
    const all = this.#rooms.get(room)?.all
    if (all === undefined) return []
    const place = { room, user, event: '', ts: 0, ...(thread === undefined ? {} : { thread }) }
    return receiptTypes.flatMap((type) => all.get(keyOf({ ...place, type })) ?? [])
  }

  /** The m.receipt event with what `viewer` may know of it after `since` and up to `next`. */
  event(
    room: string,
    viewer: string,
    { since, next }: { since: Position; next: Position },
  ): JsonObject | undefined {
    const known = this.#rooms.get(room)
    if (known === undefined || known.last <= since) return undefined
    const content: Record<string, Record<string, Record<string, JsonObject>>> = {}
    const shown = [...known.all.values()].filter(
      ({ position, type, user }) =>
        position > since && position <= next && (type !== 'm.read.private' || user === viewer),
    )
    // A user has place for one receipt at an event: that of no thread says more, so it comes last.
    const ordered = [...shown.filter(isThreaded), ...shown.filter((kept) => !isThreaded(kept))]
    for (const kept of ordered) {
      const ofEvent = (content[kept.event] ??= {})
      const ofType = (ofEvent[kept.type] ??= {})
      const { ts, thread } = kept
      ofType[kept.user] = { ts, ...(thread === undefined ? {} : { thread_id: thread }) }
    }
    return Object.keys(content).length === 0 ? undefined : { type: 'm.receipt', content }
  }
}

const isThreaded = ({ thread }: Receipt): boolean => thread !== undefined

function readReceipt(json: Json): Pick<Receipt, 'event' | 'ts' | 'thread'> | undefined {
  const ids = valueAt(json, 'event_ids')
  const data = valueAt(json, 'data')
  const ts = integerAt(data, 'ts')
  const thread = valueAt(data, 'thread_id')
  const event: Json | undefined = Array.isArray(ids) && ids.length === 1 ? ids[0] : undefined
  if (typeof event !== 'string' || !isEventId(event) || ts === undefined) return undefined
  if (thread === undefined) return { event, ts }
  return typeof thread === 'string' && isThread(thread) ? { event, ts, thread } : undefined
}

export const isThread = (thread: string): boolean =>
  thread !== '' && thread.length <= maxThreadLength
