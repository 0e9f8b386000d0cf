import { valueAt } from '../content.ts'
import type { Event } from '../event.ts'
import { serverNameOf } from '../identifiers.ts'
import { requiredLevelAndSource } from '../power.ts'
import type { RoomVersion } from '../room-version.ts'
import { judgeAliases } from './aliases.ts'
import { createIdOf } from './cited.ts'
import { judgeCreate } from './create.ts'
import {
  type AuthState,
  type Deed,
  levelNamed,
  memberEventOf,
  membershipOf,
  powerSource,
  senderLevel,
  told,
} from './deed.ts'
import { judgeMember } from './member.ts'
import { judgePowerLevels } from './power-levels.ts'
import { judgeRedaction } from './redaction.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Whether `state` allows `event`: undefined if it does. The rules on what the event cites are `checkAuthEvents`, those
 * on signatures `checkSignatures`. Where the create event is not cited, `state` has to hold it all the same.
 * Clause: rooms/v12#authorisation-rules
 */
export const authorize = (
  event: Event,
  state: AuthState,
  version: RoomVersion = event.version,
): Refusal | undefined => {
  if (event.pdu.type === 'm.room.create') return judgeCreate(event, version)
  const create = state('m.room.create', '')
  if (create === undefined) return refuseWithoutCreate(event, version)
  const powerLevels = state('m.room.power_levels', '')
  const deed: Deed = { event, version, create, powerLevels, state }
  const outside = judgeRoomId(deed) ?? judgeFederation(deed)
  if (outside !== undefined) return outside
  if (version.aliasesRule && event.pdu.type === 'm.room.aliases') return judgeAliases(deed)
  return event.pdu.type === 'm.room.member' ? judgeMember(deed) : judgeByMember(deed)
}

const refuseWithoutCreate = (event: Event, version: RoomVersion): Refusal =>
  version.roomIdFromCreate
    ? refuse('auth.room_id_is_create_event', `no create event is known for ${event.roomId}`)
    : refuse('auth.auth_events.no_create', 'there is no create event to judge by')

const judgeRoomId = ({ event, version, create }: Deed): Refusal | undefined => {
  if (!version.roomIdFromCreate || createIdOf(event.roomId) === create.id) return undefined
  return refuse(
    'auth.room_id_is_create_event',
    `room_id ${event.roomId} is not made from the create event ${create.id}`,
    create,
  )
}

const judgeFederation = ({ event, create }: Deed): Refusal | undefined => {
  if (valueAt(create.pdu.content, 'm.federate') !== false) return undefined
  const home = serverNameOf(create.pdu.sender)
  const from = serverNameOf(event.pdu.sender)
  if (home === from) return undefined
  return refuse(
    'auth.federate_false',
    `m.federate is false and the room is of ${home}, the sender of ${from}`,
    create,
  )
}

const judgeByMember = (deed: Deed): Refusal | undefined => {
  const { sender, type } = deed.event.pdu
  const membership = membershipOf(deed, sender)
  if (membership !== 'join')
    return refuse(
      'auth.sender_not_joined',
      `the membership of ${sender} is ${membership}, not join`,
      memberEventOf(deed, sender),
    )
  if (type === 'm.room.third_party_invite') return judgeThirdPartyInviteEvent(deed)
  return judgeRequiredLevel(deed) ?? judgeStateKey(deed) ?? judgeByType(deed)
}

const judgeByType = (deed: Deed): Refusal | undefined => {
  const { type } = deed.event.pdu
  if (type === 'm.room.power_levels') return judgePowerLevels(deed)
  const isRedaction = deed.version.redactionRule && type === 'm.room.redaction'
  return isRedaction ? judgeRedaction(deed) : undefined
}

const judgeThirdPartyInviteEvent = (deed: Deed): Refusal | undefined => {
  const level = senderLevel(deed)
  const needed = levelNamed(deed, 'invite')
  if (level >= needed) return undefined
  return refuse(
    'auth.third_party_invite.low',
    `the sender has power ${told(level)}, the invite level is ${needed}`,
    powerSource(deed),
  )
}

const judgeRequiredLevel = (deed: Deed): Refusal | undefined => {
  const { type, state_key } = deed.event.pdu
  const { level, source } = requiredLevelAndSource(type, state_key !== undefined, deed.powerLevels)
  const own = senderLevel(deed)
  if (own >= level) return undefined
  return refuse(
    source === 'events' ? 'auth.required_level.low' : `auth.required_level.${source}`,
    `the sender has power ${told(own)}, ${type} needs ${level} (${source})`,
    powerSource(deed),
  )
}

const judgeStateKey = ({ event }: Deed): Refusal | undefined => {
  const { state_key, sender } = event.pdu
  if (state_key === undefined || !state_key.startsWith('@') || state_key === sender)
    return undefined
  return refuse('auth.state_key_at_mismatch', `the state key is ${state_key}, the sender ${sender}`)
}
