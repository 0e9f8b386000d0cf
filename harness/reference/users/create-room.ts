import type { JsonObject } from '../../matrix/event.ts'
import { creatorsOf } from '../../matrix/power.ts'
import type { Draft } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import { defaultVersion } from '../offered-versions.ts'
import { createEvent } from '../rooms/build.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { emit } from './emit.ts'
import { invite } from './invite.ts'
import type { CreateRoomOptions } from './operations.ts'

/** client-server-api#post_matrixclientv3createroom: the events of a new room, in the order that the clause gives. */
export async function createRoom(
  services: Services,
  creator: string,
  options: CreateRoomOptions,
): Promise<Room> {
  const alias = options.alias === undefined ? undefined : `#${options.alias}:${services.name}`
  if (alias !== undefined && services.aliases.roomOf(alias) !== undefined)
    throw new MatrixError(400, 'M_ROOM_IN_USE', `the alias ${alias} is taken`)
  const room = begin(services, creator, options)
  if (alias !== undefined) services.aliases.add(alias, room.id, creator)
  for (const draft of initialState(services, { room, creator, alias }, options))
    emit(services, room, { sender: creator, ...draft })
  const content = options.isDirect === true ? { is_direct: true } : {}
  for (const user of options.invite ?? [])
    await invite(services, { room, user, by: creator, content })
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
    ...(options.topic === undefined ? [] : [state('m.room.topic', { topic: options.topic })]),
  ]
}

const state = (type: string, content: JsonObject, key = ''): Draft => ({
  type,
  state_key: key,
  content,
})

function begin(services: Services, creator: string, options: CreateRoomOptions): Room {
  const version = options.version ?? defaultVersion
  const content: JsonObject = {
    ...options.creation,
    room_version: version.id,
    ...(version.creatorInContent ? { creator } : {}),
  }
  const event = createEvent(
    { type: 'm.room.create', state_key: '', sender: creator, content },
    version,
    `!${opaque(services)}:${services.name}`,
    { author: services.author, finishWith: services.parts.making.finish },
  )
  const room = services.rooms.prepare(event.roomId, version)
  const node = room.assess(event)
  if (node.refusal !== undefined) throw new MatrixError(400, 'M_BAD_JSON', node.refusal.message)
  services.rooms.add(room)
  room.place(node)
  return room
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
