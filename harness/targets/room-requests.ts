import type { Json, JsonObject } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { Draft, RoomOptions } from '../world/homeserver.ts'
import type { Deed } from './session.ts'

/** The body of `POST /createRoom` for what a scenario asked for. */
export function createRoomBody(
  options: RoomOptions,
  version: RoomVersion,
  creator: string,
): JsonObject {
  const power = powerLevels(options.power, version, creator)
  return {
    room_version: version.id,
    visibility: 'private',
    preset: options.joinRule === 'invite' ? 'private_chat' : 'public_chat',
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.topic === undefined ? {} : { topic: options.topic }),
    ...(options.alias === undefined ? {} : { room_alias_name: options.alias }),
    ...(options.invite === undefined ? {} : { invite: options.invite }),
    ...(power === undefined ? {} : { power_level_content_override: power }),
    ...(options.initialState === undefined
      ? {}
      : { initial_state: options.initialState.map(stateOf) }),
  }
}

/** Servers lay the override over whole fields, so `users` has to name the creator again where creators are listed. */
function powerLevels(
  power: RoomOptions['power'],
  version: RoomVersion,
  creator: string,
): JsonObject | undefined {
  if (power === undefined) return undefined
  const users = version.privilegedCreators ? power : { [creator]: 100, ...power }
  return { users }
}

const stateOf = (draft: Draft): Json => ({
  type: draft.type,
  state_key: draft.state_key ?? '',
  content: draft.content,
})

/** The request that sends a draft: state, redaction, or message. */
export function sendDeed(roomId: string, draft: Draft, transaction: string): Deed {
  const room = ['rooms', roomId]
  if (draft.state_key !== undefined) {
    // The key is left off where it is empty, since some servers do not take the trailing slash.
    const key = draft.state_key === '' ? [] : [draft.state_key]
    return { method: 'PUT', path: [...room, 'state', draft.type, ...key], body: draft.content }
  }
  if (draft.redacts !== undefined) {
    return redactDeed(roomId, draft.redacts, { transaction, content: draft.content })
  }
  return { method: 'PUT', path: [...room, 'send', draft.type, transaction], body: draft.content }
}

export function redactDeed(
  roomId: string,
  eventId: string,
  how: { readonly transaction: string; readonly content?: JsonObject },
): Deed {
  const path = ['rooms', roomId, 'redact', eventId, how.transaction]
  return { method: 'PUT', path, body: how.content ?? {} }
}
