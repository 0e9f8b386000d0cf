import type { Event, JsonObject } from '../../matrix/event.ts'
import { isRoomAlias, isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { creatorsOf } from '../../matrix/power.ts'
import type { Draft } from '../../world/homeserver.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import { defaultVersion } from '../offered-versions.ts'
import { createEvent } from '../rooms/build.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import type { Placed } from '../store/store.ts'
import { carryOver } from './carry-over.ts'
import { checkEvent, makeEvent } from './emit.ts'
import { invite } from './invite.ts'
import { checkInvitable } from './invite-permission.ts'
import type { Authored, CreateRoomOptions } from './operations.ts'

/**
 * client-server-api#post_matrixclientv3createroom: the events of a new room, in the order that the clause gives. Nobody
 * learns of the room before all of its initial state has been allowed.
 * @throws MatrixError M_ROOM_IN_USE, M_INVALID_ROOM_STATE, M_INVALID_PARAM, M_BAD_JSON
 */
export async function createRoom(
  services: Services,
  creator: string,
  options: CreateRoomOptions,
): Promise<Room> {
  const alias = options.alias === undefined ? undefined : aliasOf(services, options.alias)
  checkInvited(services, options.invite ?? [])
  const room = settle(services, plan(services, { creator, alias }, options))
  carryOver(services, room, creator)
  if (alias !== undefined) services.aliases.add(alias, room.id, creator)
  if (options.isPublished === true) services.directory.publish(room.id)
  const content = options.isDirect === true ? { is_direct: true } : {}
  for (const user of options.invite ?? [])
    await invite(services, { room, user, by: creator, content })
  return room
}

function aliasOf({ name, aliases }: Services, localpart: string): string {
  const alias = `#${localpart}:${name}`
  if (!isRoomAlias(alias) || localpart === '') throw invalidParam(`${alias} is no room alias`)
  if (aliases.roomOf(alias) !== undefined)
    throw new MatrixError(400, 'M_ROOM_IN_USE', `the alias ${alias} is taken`)
  return alias
}

/** What can be known of invitations before there is a room. */
function checkInvited(services: Services, users: readonly string[]): void {
  const { name, accounts } = services
  for (const user of users) {
    if (!isUserId(user)) throw invalidParam(`${user} is no user id`)
    if (serverNameOf(user) === name && !accounts.has(user))
      throw notFound(`there is no user ${user}`)
    checkInvitable(services, user)
  }
}

interface Founding {
  readonly creator: string
  readonly alias: string | undefined
}

/** The initial state, tried in a room that vanishes where it is not allowed. */
function plan(
  services: Services,
  { creator, alias }: Founding,
  options: CreateRoomOptions,
): readonly [Placed, ...Placed[]] {
  const create = begin(services, creator, options)
  const trial = services.rooms.trial(create.roomId, create.version)
  const first = trial.assess(create)
  if (first.refusal !== undefined) throw invalidState(first.refusal.message)
  trial.place(first)
  const drafts = initialState(services, { room: trial, creator, alias }, options)
  return [first, ...drafts.map((draft) => allowed(services, trial, { sender: creator, ...draft }))]
}

function allowed(services: Services, room: Room, draft: Authored): Placed {
  const node = room.assess(makeEvent(services, room, draft))
  if (node.refusal !== undefined) throw invalidState(`${draft.type}: ${node.refusal.message}`)
  room.place(node)
  return node
}

const invalidState = (message: string): MatrixError =>
  new MatrixError(400, 'M_INVALID_ROOM_STATE', message)

function settle(services: Services, nodes: readonly [Placed, ...Placed[]]): Room {
  const { roomId, version } = nodes[0].event
  const room = services.rooms.prepare(roomId, version)
  services.parts.making.mayEmit(services, room)
  services.rooms.add(room)
  for (const node of nodes) {
    room.place(node)
    services.sender.replicate(room, node)
  }
  return room
}

function initialState(
  services: Services,
  { room, creator, alias }: { room: Room; creator: string; alias: string | undefined },
  options: CreateRoomOptions,
): readonly Draft[] {
  const join = { membership: 'join', ...services.accounts.memberContent(creator) }
  return [
    state('m.room.member', join, creator),
    state('m.room.power_levels', powerLevels(room, creator, options)),
    ...(alias === undefined ? [] : [state('m.room.canonical_alias', { alias })]),
    ...presets(options),
    ...(options.initialState ?? []),
    ...(options.name === undefined ? [] : [state('m.room.name', { name: options.name })]),
    ...(options.topic === undefined ? [] : [state('m.room.topic', topicOf(options.topic))]),
  ]
}

/** client-server-api#mroomtopic: as plain text in both forms. */
const topicOf = (topic: string): JsonObject => ({
  topic,
  'm.topic': { 'm.text': [{ body: topic }] },
})

const state = (type: string, content: JsonObject, key = ''): Draft => ({
  type,
  state_key: key,
  content,
})

function begin(services: Services, creator: string, options: CreateRoomOptions): Event {
  const version = options.version ?? defaultVersion
  const { creator: _, ...creation } = options.creation ?? {}
  const content: JsonObject = {
    ...creation,
    room_version: version.id,
    ...(version.creatorInContent ? { creator } : {}),
  }
  const draft = { type: 'm.room.create', state_key: '', sender: creator, content }
  const roomId = `!${opaque(services)}:${services.name}`
  const { name, key } = services.keychain
  const { finish: finishWith } = services.parts.making
  // Where the id is a hash of the event, the same room at the same moment would be one and the same.
  for (let later = 0; ; later += 1) {
    const author = { name, key, clock: () => services.clock() + later }
    const event = createEvent(draft, version, roomId, { author, finishWith })
    if (services.rooms.get(event.roomId) !== undefined) continue
    checkEvent(event)
    return event
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** With the time in it: a server that comes back with the same name and seed must not make the same room again. */
const opaque = ({ random, clock }: Services): string =>
  clock().toString(36) +
  Array.from({ length: 12 }, () => letters[Math.floor(random() * letters.length)]).join('')

function powerLevels(room: Room, creator: string, options: CreateRoomOptions): JsonObject {
  const { version, create } = room
  const creators = create === undefined ? new Set([creator]) : creatorsOf(create, version)
  const wanted = { ...(version.privilegedCreators ? {} : { [creator]: 100 }), ...options.power }
  const users = Object.entries(wanted).filter(
    ([user]) => !(version.privilegedCreators && creators.has(user)),
  )
  return {
    users: Object.fromEntries(users),
    users_default: 0,
    events: {
      'm.room.name': 50,
      'm.room.avatar': 50,
      'm.room.canonical_alias': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
      // Where creators stand above all levels, nobody else may end the room by accident.
      'm.room.tombstone': version.privilegedCreators ? 150 : 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: 0,
    ...options.powerLevels,
  }
}

function presets(options: CreateRoomOptions): readonly Draft[] {
  const joinRule = options.joinRule ?? 'public'
  const given = new Set((options.initialState ?? []).map(({ type }) => type))
  return [
    state('m.room.join_rules', { join_rule: joinRule }),
    state('m.room.history_visibility', {
      history_visibility: options.historyVisibility ?? 'shared',
    }),
    state('m.room.guest_access', {
      guest_access: joinRule === 'invite' ? 'can_join' : 'forbidden',
    }),
  ].filter(({ type }) => !given.has(type))
}
