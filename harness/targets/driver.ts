import type { Journal } from '../journal/journal.ts'
import type { Json, JsonObject } from '../matrix/event.ts'
import { isObject } from '../matrix/json.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import { Inconclusive, Nonconformance, Refused } from '../world/errors.ts'
import type { ClientEvent, Draft, Homeserver, Room, RoomOptions } from '../world/homeserver.ts'
import { clientEvent, needed } from './events.ts'
import { register } from './registration.ts'
import { createRoomBody, redactDeed, sendDeed } from './room-requests.ts'
import type { Session, SessionContext } from './session.ts'
import type { Target } from './target.ts'
import { RoomWatch, history, invitation } from './watch.ts'

export interface DriverOptions {
  /** The room version of rooms that do not ask for one. */
  readonly version: RoomVersion
  /** Milliseconds that one wait may take at most. */
  readonly patienceMs: number
  /** Where what the users did is noted. */
  readonly journal?: Journal
  readonly check?: string
  /** Aborted when everything that waits is to be given up, as by `close`. */
  readonly signal?: AbortSignal
}

/** A target under the hand of its users: each world has one of its own, with fresh users, around a target that is shared. */
export class TargetHomeserver implements Homeserver {
  readonly isTarget = true
  readonly name: string
  readonly user: string
  readonly #options: DriverOptions
  readonly #context: SessionContext
  readonly #over: AbortController
  readonly #sessions = new Map<string, Session>()
  readonly #watches = new Map<string, RoomWatch>()
  #transactions = 0

  /** Registers the default user. */
  static async open(target: Target, options: DriverOptions): Promise<TargetHomeserver> {
    const over = new AbortController()
    const { journal, check, patienceMs } = options
    const told = (text: string) => {
      journal?.append({ kind: 'note', at: journal.now(), text, ...(check ? { check } : {}) })
    }
    const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])])
    const context = { target, patienceMs, signal, told }
    const session = await register(context, 'alice')
    return new TargetHomeserver(options, context, { over, session })
  }

  private constructor(
    options: DriverOptions,
    context: SessionContext,
    own: { readonly over: AbortController; readonly session: Session },
  ) {
    this.#options = options
    this.#context = context
    this.#over = own.over
    this.name = context.target.serverName
    this.user = own.session.user
    this.#sessions.set(own.session.user, own.session)
  }

  /** Gives up whatever still waits. The target itself goes on. */
  close(): void {
    this.#over.abort()
  }

  async newUser(localpart: string): Promise<string> {
    const session = await register(this.#context, localpart)
    this.#sessions.set(session.user, session)
    return session.user
  }

  async createRoom(options: RoomOptions = {}): Promise<Room> {
    const version = options.version ?? this.#options.version
    const session = this.#session(options.creator)
    const body = createRoomBody(options, version, session.user)
    const answer = await session.ask({ method: 'POST', path: ['createRoom'], body })
    return { id: needed(answer, 'room_id'), version }
  }

  async invite(room: Room, user: string, by?: string): Promise<void> {
    await this.#membership(room, 'invite', { as: by, body: { user_id: user } })
  }

  async join(room: Room, via: Homeserver, as?: string): Promise<void> {
    const query = { server_name: via.name, via: via.name }
    await this.#session(as).ask({ method: 'POST', path: ['join', room.id], query, body: {} })
  }

  async joinByAlias(alias: string, as?: string): Promise<string> {
    const session = this.#session(as)
    return needed(await session.ask({ method: 'POST', path: ['join', alias], body: {} }), 'room_id')
  }

  async leave(room: Room, as?: string): Promise<void> {
    await this.#membership(room, 'leave', { as, body: {} })
  }

  async kick(room: Room, user: string, by?: string): Promise<void> {
    await this.#membership(room, 'kick', { as: by, body: { user_id: user } })
  }

  async ban(room: Room, user: string, by?: string): Promise<void> {
    await this.#membership(room, 'ban', { as: by, body: { user_id: user } })
  }

  async unban(room: Room, user: string, by?: string): Promise<void> {
    await this.#membership(room, 'unban', { as: by, body: { user_id: user } })
  }

  send<Drafts extends readonly Draft[]>(
    room: Room,
    ...drafts: Drafts
  ): Promise<{ readonly [Index in keyof Drafts]: string }>
  async send(room: Room, ...drafts: readonly Draft[]): Promise<readonly string[]> {
    const ids: string[] = []
    for (const draft of drafts) {
      const deed = sendDeed(room.id, draft, this.#transaction())
      ids.push(needed(await this.#session(draft.sender).ask(deed), 'event_id'))
    }
    return ids
  }

  async redact(room: Room, eventId: string, by?: string): Promise<string> {
    const deed = redactDeed(room.id, eventId, { transaction: this.#transaction() })
    return needed(await this.#session(by).ask(deed), 'event_id')
  }

  async state(room: Room, as?: string): Promise<readonly ClientEvent[]> {
    const answer = await this.#get(['rooms', room.id, 'state'], as)
    if (!Array.isArray(answer)) throw new Inconclusive(`the state of ${room.id} is not a list`)
    return answer.map(clientEvent)
  }

  async stateEvent(
    room: Room,
    type: string,
    stateKey = '',
    as?: string,
  ): Promise<JsonObject | undefined> {
    const key = stateKey === '' ? [] : [stateKey]
    try {
      const answer = await this.#get(['rooms', room.id, 'state', type, ...key], as)
      return isObject(answer) ? answer : undefined
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return undefined
      throw error
    }
  }

  timeline(room: Room, as?: string): Promise<readonly ClientEvent[]> {
    return history(this.#session(as), room.id)
  }

  async sees(room: Room, eventIds: readonly string[], as?: string): Promise<void> {
    const session = this.#session(as)
    const missing = await this.#watch(session, room).missing(eventIds, this.#options.patienceMs)
    if (missing.length === 0) return
    throw new Nonconformance(`${session.user} does not see ${missing.join(', ')} in ${room.id}`, {
      expected: `${eventIds.length === 1 ? 'the event' : `all ${eventIds.length} events`} in the timeline within ${this.#options.patienceMs} ms`,
      actual: `${missing.length} missing: ${missing.join(', ')}`,
    })
  }

  async invited(room: Room, as?: string): Promise<readonly JsonObject[]> {
    const session = this.#session(as)
    const state = await invitation(session, room.id, this.#options.patienceMs)
    if (state !== undefined) return state
    throw new Nonconformance(`${session.user} has no invitation to ${room.id}`, {
      expected: `an invitation within ${this.#options.patienceMs} ms`,
      actual: 'none',
    })
  }

  async profile(user: string, as?: string): Promise<JsonObject> {
    const answer = await this.#get(['profile', user], as)
    return isObject(answer) ? answer : {}
  }

  async setDisplayName(name: string, as?: string): Promise<void> {
    const session = this.#session(as)
    const path = ['profile', session.user, 'displayname']
    await session.ask({ method: 'PUT', path, body: { displayname: name } })
  }

  async #membership(
    room: Room,
    deed: string,
    how: { readonly as: string | undefined; readonly body: JsonObject },
  ): Promise<void> {
    const path = ['rooms', room.id, deed]
    await this.#session(how.as).ask({ method: 'POST', path, body: how.body })
  }

  #get(path: readonly string[], as: string | undefined): Promise<Json | undefined> {
    return this.#session(as).ask({ method: 'GET', path })
  }

  #session(user: string = this.user): Session {
    const session = this.#sessions.get(user)
    if (session === undefined) throw new Error(`${user} was not made by this world at ${this.name}`)
    return session
  }

  #watch(session: Session, room: Room): RoomWatch {
    const key = `${session.user} ${room.id}`
    const watch = this.#watches.get(key) ?? new RoomWatch(session, room.id)
    this.#watches.set(key, watch)
    return watch
  }

  /** Unique for each access token, as the client-server API demands. */
  #transaction(): string {
    this.#transactions += 1
    return `t${this.#transactions}`
  }
}
