import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { isRoomAlias, serverNameOf } from '../../matrix/identifiers.ts'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { readableStream } from './readable.ts'
import { createRoom } from './create-room.ts'
import { checkLevels, emit, roomOf } from './emit.ts'
import type { HierarchyOptions, HierarchyPage, PublicRoomsQuery, Timed } from './exploring.ts'
import { Hierarchy } from './hierarchy.ts'
import { invite } from './invite.ts'
import { join } from './join.ts'
import { knock } from './knock.ts'
import { leave } from './leave.ts'
import { messages } from './messages.ts'
import type {
  Authored,
  CreateRoomOptions,
  MessagesOptions,
  MessagesPage,
  Position,
  SyncOptions,
  SyncView,
  UpgradeOrder,
  UserOperations,
} from './operations.ts'
import { profileOf, setProfile } from './profile.ts'
import { listPublicRooms, publicRoomsOf } from './public-rooms.ts'
import type { TimeDirection } from '../rooms/timestamps.ts'
import { timestampToEvent } from './timestamp.ts'
import { redact } from './redact.ts'
import { asClientError } from './remote-refusal.ts'
import type { Room } from '../../world/homeserver.ts'
import type { RoomStream } from './room-stream.ts'
import { sync } from './sync.ts'
import { upgradeRoom } from './upgrade.ts'
import { ToldMembers } from './told-members.ts'

/** What users can do, on top of one server's services. */
export class Users implements UserOperations {
  readonly #services: Services
  readonly #hierarchy: Hierarchy
  readonly #told = new ToldMembers()

  constructor(services: Services) {
    this.#services = services
    this.#hierarchy = new Hierarchy(services)
  }

  checkLocalpart(localpart: string): void {
    this.#services.accounts.check(localpart)
  }

  createUser(localpart: string): string {
    return this.#services.accounts.create(localpart)
  }

  isUser(user: string): boolean {
    return this.#services.accounts.has(user)
  }

  profile(user: string, field?: string): Promise<JsonObject> {
    return profileOf(this.#services, user, field)
  }

  async setProfile(user: string, field: string, value: Json | undefined): Promise<void> {
    await setProfile(this.#services, user, { field, value })
  }

  createRoom(creator: string, options: CreateRoomOptions = {}): Promise<Room> {
    return createRoom(this.#services, creator, options)
  }

  async invite(roomId: string, user: string, by: string, reason?: string): Promise<void> {
    await this.#services.partials.whole(roomId)
    const room = roomOf(this.#services, roomId)
    await invite(this.#services, { room, user, by, content: because(reason) })
  }

  async join(
    roomId: string,
    user: string,
    via: readonly string[] = [],
    reason?: string,
  ): Promise<void> {
    await join(this.#services, { roomId, user, servers: via, content: because(reason) })
  }

  async joinByAlias(
    alias: string,
    user: string,
    via: readonly string[] = [],
    reason?: string,
  ): Promise<string> {
    const { roomId, servers } = await this.resolveAlias(alias)
    await this.join(roomId, user, [...via, ...servers, serverNameOf(alias)], reason)
    return roomId
  }

  async knock(
    room: string,
    user: string,
    via: readonly string[] = [],
    reason?: string,
  ): Promise<string> {
    const isAlias = room.startsWith('#')
    const { roomId, servers } = isAlias
      ? await this.resolveAlias(room)
      : { roomId: room, servers: [] }
    const all = [...via, ...servers, ...(isAlias ? [serverNameOf(room)] : [])]
    await knock(this.#services, { roomId, user, servers: all, content: because(reason) })
    return roomId
  }

  async leave(roomId: string, user: string, reason?: string): Promise<void> {
    await leave(this.#services, { roomId, user, content: because(reason) })
  }

  async leaveEverything(user: string): Promise<void> {
    const { streams, knocks } = this.#services
    const rooms = [...streams.joinedRooms(user), ...streams.invitedRooms(user), ...knocks.of(user)]
    for (const roomId of rooms) {
      await this.leave(roomId, user).catch((error: unknown) => {
        // What cannot be left is none of the user's any more, who is gone either way.
        if (!(error instanceof MatrixError)) throw error
      })
    }
  }

  forget(roomId: string, user: string): void {
    const { streams, forgotten } = this.#services
    if (streams.forgetInvitation(roomId, user)) return
    const stream = streams.of(roomId)
    const membership = stream?.standpoint(user)?.membership
    if (stream === undefined || membership === undefined)
      throw notFound(`${user} was never in ${roomId}`)
    if (membership !== 'leave' && membership !== 'ban')
      throw new MatrixError(400, 'M_UNKNOWN', 'leave the room first')
    forgotten.add(stream, user)
  }

  async kick(roomId: string, user: string, by: string, reason?: string): Promise<void> {
    await this.#services.partials.whole(roomId)
    const membership = roomOf(this.#services, roomId).membership(user)
    if (membership === 'leave' || membership === 'ban')
      throw forbidden(`${user} is not in the room`)
    await this.#setMembership(roomId, user, by, { ...because(reason), membership: 'leave' })
  }

  async ban(roomId: string, user: string, by: string, reason?: string): Promise<void> {
    await this.#services.partials.whole(roomId)
    await this.#setMembership(roomId, user, by, { ...because(reason), membership: 'ban' })
  }

  async unban(roomId: string, user: string, by: string, reason?: string): Promise<void> {
    await this.#services.partials.whole(roomId)
    if (roomOf(this.#services, roomId).membership(user) !== 'ban')
      throw forbidden(`${user} is not banned`)
    await this.#setMembership(roomId, user, by, { ...because(reason), membership: 'leave' })
  }

  async #setMembership(
    roomId: string,
    user: string,
    sender: string,
    content: JsonObject,
  ): Promise<void> {
    const room = roomOf(this.#services, roomId)
    await emit(this.#services, room, { type: 'm.room.member', state_key: user, sender, content })
  }

  async send(roomId: string, draft: Authored): Promise<string> {
    const room = roomOf(this.#services, roomId)
    const { type, state_key: user, sender: by, content } = draft
    if (type === 'm.room.member' && user !== undefined && content['membership'] === 'invite')
      return (await invite(this.#services, { room, user, by, content })).id
    checkLevels(room, draft)
    const node = await emit(this.#services, room, draft)
    return node.event.id
  }

  async redact(roomId: string, eventId: string, by: string, reason?: string): Promise<string> {
    return redact(this.#services, { roomId, eventId, by, content: because(reason) })
  }

  async resolveAlias(alias: string): Promise<{ roomId: string; servers: readonly string[] }> {
    if (!isRoomAlias(alias)) throw invalidParam(`${alias} is no room alias`)
    const { name, aliases, rooms, parts } = this.#services
    const server = parts.making.directoryOf(alias, name)
    if (server === name) {
      const roomId = aliases.roomOf(alias)
      if (roomId === undefined) throw notFound(`there is no alias ${alias}`)
      const others = rooms.get(roomId)?.servers ?? []
      return { roomId, servers: [...new Set([name, ...others])] }
    }
    const json = await this.#ask(server, 'directory', { room_alias: alias })
    const roomId = stringAt(json, 'room_id')
    if (roomId === undefined) throw new MatrixError(502, 'M_UNKNOWN', `${server} named no room`)
    return { roomId, servers: strings(valueAt(json, 'servers')) }
  }

  async #ask(
    server: string,
    operation: 'directory' | 'profile',
    query: Readonly<Record<string, string>>,
  ): Promise<Json> {
    return this.#services.remote.request(server, operation, { query }).catch((error: unknown) => {
      throw asClientError(error)
    })
  }

  async publicRooms(query: PublicRoomsQuery, server?: string): Promise<JsonObject> {
    return server === undefined || server === this.#services.name
      ? listPublicRooms(this.#services, query)
      : publicRoomsOf(this.#services, server, query)
  }

  hierarchy(roomId: string, user: string, options: HierarchyOptions = {}): Promise<HierarchyPage> {
    return this.#hierarchy.page(roomId, user, options)
  }

  async timestampToEvent(
    roomId: string,
    user: string,
    ts: number,
    dir: TimeDirection,
  ): Promise<Timed> {
    const stream = this.#streamOf(roomId, user)
    return timestampToEvent(this.#services, { stream, user }, { ts, dir })
  }

  async upgradeRoom(order: UpgradeOrder): Promise<string> {
    return (await upgradeRoom(this.#services, order)).id
  }

  joinedRooms(user: string): readonly string[] {
    return this.#services.streams.joinedRooms(user)
  }

  state(roomId: string, user: string): readonly Event[] {
    const stream = this.#streamOf(roomId, user)
    return [...stream.stateFor(user).values()].flatMap((id) => {
      const event = stream.room.lookup(id)
      return event === undefined ? [] : [stream.shown(event, user)]
    })
  }

  stateEvent(roomId: string, user: string, type: string, stateKey: string): Event {
    const stream = this.#streamOf(roomId, user)
    const event = stream.room.stateEvent(type, stateKey, stream.stateFor(user))
    if (event === undefined) throw notFound(`the room has no ${type} with state key '${stateKey}'`)
    return stream.shown(event, user)
  }

  event(roomId: string, user: string, eventId: string): Event {
    const stream = this.#services.streams.of(roomId)
    const event = stream?.isReadableBy(user) === true ? stream.see(eventId, user) : undefined
    // client-server-api#get_matrixclientv3roomsroomideventeventid: not allowed to see is answered as not there.
    if (event === undefined) throw notFound(`there is no event ${eventId}`)
    return event
  }

  #streamOf(roomId: string, user: string): RoomStream {
    return readableStream(this.#services, roomId, user)
  }

  messages(roomId: string, user: string, options: MessagesOptions): Promise<MessagesPage> {
    return messages(this.#services, { stream: this.#streamOf(roomId, user), user }, options)
  }

  invitation(roomId: string, user: string): readonly JsonObject[] | undefined {
    return this.#services.streams.invitation(roomId, user)
  }

  sync(user: string, options: SyncOptions = {}): Promise<SyncView> {
    return sync({ services: this.#services, user, told: this.#told }, options)
  }

  now(): Position {
    return this.#services.streams.position
  }
}

const because = (reason: string | undefined): JsonObject => (reason === undefined ? {} : { reason })

const strings = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
