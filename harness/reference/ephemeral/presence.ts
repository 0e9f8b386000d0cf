import { integerAt, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import type { Tell } from '../devices/device-updates.ts'
import type { Sharing } from '../devices/sharing.ts'
import { forbidden, notFound } from '../errors.ts'
import type { Table } from '../store/store.ts'
import type { Accounts } from '../users/accounts.ts'
import type { Position } from '../users/operations.ts'
import type { Streams } from '../users/streams.ts'

export const presences = ['online', 'unavailable', 'offline'] as const
export type PresenceState = (typeof presences)[number]

type Kept = {
  readonly presence: PresenceState
  readonly status?: string
  /** When the user was active last, milliseconds since the epoch; absent: never seen. */
  readonly active?: number
  readonly currently: boolean
  readonly position: number
}

interface Sources {
  readonly clock: () => number
  readonly accounts: Accounts
  readonly streams: Streams
  readonly sharing: Sharing
  readonly tell: Tell
}

/** Of one EDU, and of all users of other servers. */
const maxPushed = 1_000
const maxRemote = 20_000
const maxStatus = 1_024
/** client-server-api#presence, "Idle timeout". */
const idleMs = 5 * 60_000
/** How exactly activity is noted. */
const freshMs = 5_000

/** Whether users are there (client-server-api#presence). */
export class Presence {
  readonly #table: Table<Kept>
  readonly #sources: Sources
  readonly #idle = new Map<string, NodeJS.Timeout>()
  #remote = 0

  constructor(table: Table<Kept>, sources: Sources) {
    this.#table = table
    this.#sources = sources
    for (const [, { position }] of table.entries()) sources.streams.startAfter(position)
  }

  /** A user of ours says so. */
  set(user: string, presence: PresenceState, status?: string): void {
    const now = this.#sources.clock()
    const active = presence === 'online' ? now : (this.#table.get(user)?.active ?? now)
    this.#keep(user, {
      presence,
      ...(status === undefined ? {} : { status: status.slice(0, maxStatus) }),
      active,
      currently: presence === 'online',
    })
    this.#watch(user, presence)
    this.#push(user)
  }

  /** A user of ours has done something, or shows by a sync that it is there: told to others only where it changes the state. */
  touch(user: string, presence: PresenceState = 'online'): void {
    const known = this.#table.get(user)
    if (known?.presence !== presence) return this.set(user, presence, known?.status)
    const now = this.#sources.clock()
    if (now - (known.active ?? 0) > freshMs) this.#table.set(user, { ...known, active: now })
    this.#watch(user, presence)
  }

  /** Who does nothing for long is not there any more. */
  #watch(user: string, presence: PresenceState): void {
    clearTimeout(this.#idle.get(user))
    this.#idle.delete(user)
    if (presence !== 'online') return
    const timer = setTimeout(
      () => this.set(user, 'unavailable', this.#table.get(user)?.status),
      idleMs,
    )
    this.#idle.set(user, timer.unref())
  }

  /** Name or avatar of a user of ours are others now. */
  announce(user: string): void {
    const known = this.#table.get(user)
    if (known === undefined) return
    this.#keep(user, known)
    this.#push(user)
  }

  #keep(user: string, kept: Omit<Kept, 'position'>): void {
    const { streams, sharing } = this.#sources
    const position = streams.advance((waiting) => sharing.together(waiting, user))
    this.#table.set(user, { ...kept, position })
  }

  #push(user: string): void {
    this.introduce([user], this.#sources.sharing.servers(user))
  }

  /** Tells servers of users of ours whom they have just met. */
  introduce(users: Iterable<string>, servers: Iterable<string>): void {
    const push = [...users].slice(0, maxPushed).flatMap((user) => {
      const shown = this.#shown(user)
      return shown === undefined ? [] : [{ last_active_ago: 0, ...shown, user_id: user }]
    })
    if (push.length === 0) return
    const [one, ...more] = push
    const key = more.length > 0 ? {} : { key: `presence ${one?.user_id}` }
    const edu = { edu_type: 'm.presence', content: { push } }
    this.#sources.tell(servers, edu, { keep: 'latest', ...key })
  }

  /** The content of an m.presence from `origin`. */
  receive(origin: string, content: JsonObject): void {
    const list = valueAt(content, 'push')
    if (!Array.isArray(list)) return
    const all: readonly Json[] = list
    for (const one of all.slice(0, maxPushed)) {
      const user = stringAt(one, 'user_id')
      const presence = presences.find((state) => state === stringAt(one, 'presence'))
      const ago = integerAt(one, 'last_active_ago')
      if (user === undefined || presence === undefined || ago === undefined || ago < 0) continue
      if (!isUserId(user) || serverNameOf(user) !== origin) continue
      if (this.#sources.sharing.isNear(user)) this.#hear(user, presence, { one, ago })
    }
  }

  #hear(user: string, presence: PresenceState, { one, ago }: { one: Json; ago: number }): void {
    if (this.#table.get(user) === undefined) {
      if (this.#remote >= maxRemote) return
      this.#remote += 1
    }
    const status = stringAt(one, 'status_msg')
    this.#keep(user, {
      presence,
      ...(status === undefined ? {} : { status: status.slice(0, maxStatus) }),
      active: Math.max(0, this.#sources.clock() - ago),
      currently: valueAt(one, 'currently_active') === true,
    })
  }

  /** M_FORBIDDEN for who is in no room with the user, M_NOT_FOUND where nothing is known. */
  get(user: string, viewer: string): JsonObject {
    if (!this.#sources.sharing.together(viewer, user))
      throw forbidden(`${viewer} is in no room with ${user}`)
    const shown = this.#shown(user)
    if (shown !== undefined) return shown
    if (this.#sources.accounts.has(user)) return { presence: 'offline' }
    throw notFound(`nothing is known of ${user}`)
  }

  #shown(user: string): JsonObject | undefined {
    const kept = this.#table.get(user)
    if (kept === undefined) return undefined
    const { presence, status, active, currently } = kept
    const ago = active === undefined ? undefined : Math.max(0, this.#sources.clock() - active)
    return {
      presence,
      ...(ago === undefined ? {} : { last_active_ago: ago }),
      ...(status === undefined ? {} : { status_msg: status }),
      currently_active: currently,
    }
  }

  /**
   * m.presence events of those whom a user of ours is in a room with: what came after `since` and up to `next`, and
   * whatever is known of whom the user has just met.
   */
  events(
    viewer: string,
    { since, next, met }: { since: Position; next: Position; met: ReadonlySet<string> },
  ): readonly JsonObject[] {
    const { accounts } = this.#sources
    const events: JsonObject[] = []
    for (const [user, { position }] of this.#table.entries()) {
      if (position > next || (position <= since && !met.has(user))) continue
      const content = this.#sources.sharing.together(viewer, user) ? this.#shown(user) : undefined
      if (content === undefined) continue
      const profile = accounts.has(user) ? accounts.memberContent(user) : {}
      events.push({ type: 'm.presence', sender: user, content: { ...content, ...profile } })
    }
    return events
  }

  stop(): void {
    for (const timer of this.#idle.values()) clearTimeout(timer)
  }
}
