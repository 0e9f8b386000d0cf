import type { Json, JsonObject } from '../../matrix/event.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { Draft } from '../../world/homeserver.ts'
import { MatrixError, forbidden, invalidParam } from '../errors.ts'
import { offeredVersion } from '../offered-versions.ts'
import type { CreateRoomOptions } from '../users/operations.ts'
import { formFor } from './event-form.ts'
import {
  flag,
  object,
  objects,
  oneOf,
  optionalObject,
  optionalText,
  param,
  present,
  queried,
  text,
  texts,
} from './fields.ts'
import type { Call, Route } from './routes.ts'

export const roomRoutes: readonly Route[] = [
  { method: 'POST', path: '/createRoom', handle: createRoom },
  { method: 'GET', path: '/rooms/:roomId/state', handle: state },
  { method: 'GET', path: '/rooms/:roomId/state/:type', handle: stateEvent },
  { method: 'GET', path: '/rooms/:roomId/state/:type/:stateKey', handle: stateEvent },
  { method: 'GET', path: '/rooms/:roomId/joined_members', handle: joinedMembers },
]

async function createRoom(call: Call): Promise<Json> {
  const { user } = call.device()
  const room = await call.users.createRoom(user, optionsIn(call))
  return { room_id: room.id }
}

const PRESETS = ['private_chat', 'trusted_private_chat', 'public_chat']
const VISIBILITIES = ['public', 'private']
const MOST_INVITED = 1_000

function optionsIn(call: Call): CreateRoomOptions {
  const body = call.body()
  if (objects(body, 'invite_3pid').length > 0)
    throw new MatrixError(403, 'M_THREEPID_DENIED', 'there is no identity server to ask')
  const preset = presetIn(body)
  const invite = [...new Set(texts(body, 'invite'))]
  if (invite.length > MOST_INVITED) throw invalidParam('too many are invited')
  const version = versionIn(body, call)
  return {
    version,
    ...present('name', optionalText(body, 'name')),
    ...present('topic', optionalText(body, 'topic')),
    ...present('alias', optionalText(body, 'room_alias_name')),
    powerLevels: {
      // Whoever wants to come to a public room can; in all others the members know whom to ask in.
      ...(preset === 'public_chat' ? { invite: 50 } : {}),
      ...optionalObject(body, 'power_level_content_override'),
    },
    joinRule: preset === 'public_chat' ? 'public' : 'invite',
    initialState: objects(body, 'initial_state').map(draftIn),
    invite,
    isDirect: flag(body, 'is_direct') ?? false,
    isPublished: body['visibility'] === 'public',
    ...trusting(preset, { invite, version, creation: optionalObject(body, 'creation_content') }),
  }
}

/** client-server API, createRoom: `trusted_private_chat` gives everyone invited the powers of the creator. */
function trusting(
  preset: string,
  given: {
    readonly invite: readonly string[]
    readonly version: RoomVersion
    readonly creation: JsonObject | undefined
  },
): Pick<CreateRoomOptions, 'creation' | 'power'> {
  const { invite, version, creation } = given
  if (preset !== 'trusted_private_chat') return present('creation', creation)
  if (!version.privilegedCreators) {
    const power = Object.fromEntries(invite.map((user) => [user, 100]))
    return { ...present('creation', creation), power }
  }
  const named = texts(creation ?? {}, 'additional_creators')
  const additional_creators = [...new Set([...named, ...invite])]
  return { creation: { ...creation, additional_creators } }
}

function presetIn(body: JsonObject): string {
  const visibility = oneOf(VISIBILITIES, body, 'visibility') ?? 'private'
  const otherwise = visibility === 'public' ? 'public_chat' : 'private_chat'
  return oneOf(PRESETS, body, 'preset') ?? otherwise
}

function versionIn(body: JsonObject, { defaultVersion }: Call): RoomVersion {
  const id = optionalText(body, 'room_version')
  if (id === undefined) return defaultVersion
  const version = offeredVersion(id)
  if (version !== undefined) return version
  throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `no such room version: ${id}`)
}

const draftIn = (event: JsonObject): Draft => ({
  type: text(event, 'type'),
  state_key: optionalText(event, 'state_key') ?? '',
  content: object(event, 'content'),
})

function state(call: Call): Json {
  const device = call.device()
  return call.users.state(param(call, 'roomId'), device.user).map(formFor(call, device))
}

function stateEvent(call: Call): Json {
  const device = call.device()
  const [type, key] = [param(call, 'type'), param(call, 'stateKey')]
  const event = call.users.stateEvent(param(call, 'roomId'), device.user, type, key)
  return queried(call, 'format') === 'event' ? formFor(call, device)(event) : event.pdu.content
}

async function joinedMembers(call: Call): Promise<Json> {
  const { user } = call.device()
  const roomId = param(call, 'roomId')
  if (call.reading.membership(roomId, user) !== 'join')
    throw forbidden(`${user} is not in the room`)
  const members = await call.reading.members(roomId, user)
  const joined = members
    .filter(({ pdu }) => pdu.content['membership'] === 'join')
    .map(({ pdu }) => [pdu.state_key ?? '', shown(pdu.content)] as const)
  return { joined: Object.fromEntries(joined) }
}

function shown(content: JsonObject): JsonObject {
  return {
    ...present('display_name', content['displayname']),
    ...present('avatar_url', content['avatar_url']),
  }
}
