import { integerAt, stringAt, valueAt } from '../../matrix/content.ts'
import type { Event } from '../../matrix/event.ts'
import { powerLevelOf } from '../../matrix/power.ts'
import type { Receipts } from '../ephemeral/receipts.ts'
import { joinedCount } from '../rooms/roster.ts'
import type { Unread } from '../users/operations.ts'
import { relationOf } from '../users/relations.ts'
import type { RoomStream } from '../users/room-stream.ts'
import type { Ruleset } from './default-rules.ts'
import { evaluate, type RuleScene } from './evaluate.ts'
import type { PushRules } from './push-rules.ts'

/** How far back unread events are counted. */
const mostCounted = 500
const mostTallies = 10_000

interface Tally {
  readonly rules: Ruleset
  /** Position of the newest receipt in the room: any may be one of a thread. */
  readonly receipts: number
  /** Index after what was read when the counting began. */
  readonly read: number
  /** Index after the last that was counted. */
  readonly end: number
  /** By thread; the main timeline has the empty name. */
  readonly threads: ReadonlyMap<string, Unread>
}

const none: Unread = { notifications: 0, highlights: 0 }

interface Sources {
  readonly rules: PushRules
  readonly receipts: Receipts
}

/** Counts what users have not read (client-server-api#receiving-notifications). Only what is new is looked at each time. */
export class UnreadCounts {
  readonly #sources: Sources
  readonly #tallies = new Map<string, Tally>()

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** By thread, the main timeline under the empty name. */
  of(stream: RoomStream, user: string): ReadonlyMap<string, Unread> {
    const key = `${user} ${stream.room.id}`
    const rules = this.#sources.rules.of(user)
    const receipts = this.#sources.receipts.newestIn(stream.room.id)
    const joined = stream.timeline.after(stream.standpoint(user)?.since ?? 0)
    const read = this.#readUpTo(stream, user) ?? joined
    const end = stream.endFor(user)
    const known = this.#tallies.get(key)
    const isGood =
      known?.rules === rules &&
      known.receipts === receipts &&
      known.read === read &&
      known.end <= end
    const threads = new Map(isGood ? known.threads : [])
    const start = Math.max(isGood ? known.end : read, end - mostCounted)
    this.#count(threads, { stream, user, rules }, { start, end })
    this.#keep(key, { rules, receipts, read, end, threads })
    return threads
  }

  /** Nobody speaks without having read what was said before. */
  #count(
    threads: Map<string, Unread>,
    { stream, user, rules }: { stream: RoomStream; user: string; rules: Ruleset },
    { start, end }: { start: number; end: number },
  ): void {
    const scene = sceneOf(stream, user)
    for (let index = start; index < end; index += 1) {
      const event = eventAt(stream, index, user)
      if (event?.pdu.sender === user) threads.clear()
      else if (event !== undefined && !this.#isReadInThread(stream, user, { event, index }))
        count(threads, event, { rules, scene })
    }
  }

  /** Index after what was read; of the main timeline and all threads where no thread is named. */
  #readUpTo({ room, timeline }: RoomStream, user: string, thread?: string): number | undefined {
    const indices = this.#sources.receipts.own(room.id, user, thread).flatMap(({ event }) => {
      const index = timeline.indexOf(event)
      return index === undefined ? [] : [index + 1]
    })
    return indices.length === 0 ? undefined : Math.max(...indices)
  }

  #isReadInThread(
    stream: RoomStream,
    user: string,
    { event, index }: { readonly event: Event; readonly index: number },
  ): boolean {
    const read = this.#readUpTo(stream, user, threadOf(event) || 'main')
    return read !== undefined && index < read
  }

  #keep(key: string, tally: Tally): void {
    this.#tallies.delete(key)
    this.#tallies.set(key, tally)
    const [oldest] = this.#tallies.keys()
    if (this.#tallies.size > mostTallies && oldest !== undefined) this.#tallies.delete(oldest)
  }
}

function eventAt(stream: RoomStream, index: number, user: string): Event | undefined {
  const entry = stream.timeline.at(index)
  return entry && stream.readable(entry.id, user)
}

function threadOf(event: Event): string {
  const relation = relationOf(event)
  return relation?.type === 'm.thread' ? relation.parent : ''
}

function count(
  threads: Map<string, Unread>,
  event: Event,
  how: { readonly rules: Ruleset; readonly scene: (event: Event) => RuleScene },
): void {
  const notice = evaluate(how.rules, event, how.scene(event))
  if (!notice.notify) return
  const { notifications, highlights } = threads.get(threadOf(event)) ?? none
  threads.set(threadOf(event), {
    notifications: notifications + 1,
    highlights: highlights + (notice.highlight ? 1 : 0),
  })
}

const defaultNotifyLevel = 50

function sceneOf({ room }: RoomStream, user: string): (event: Event) => RuleScene {
  const levels = room.stateEvent('m.room.power_levels', '')
  const needed = valueAt(levels?.pdu.content, 'notifications')
  const member = room.stateEvent('m.room.member', user)
  const displayName = stringAt(member?.pdu.content, 'displayname')
  const joined = joinedCount(room.current, room.lookup)
  return ({ pdu }) => ({
    displayName,
    joinedCount: joined,
    mayNotify: (key) =>
      powerLevelOf(pdu.sender, levels, room.create, room.version) >=
      (integerAt(needed, key) ?? defaultNotifyLevel),
  })
}
