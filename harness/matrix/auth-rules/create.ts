import { hasKey, valueAt } from '../content.ts'
import type { Event, Json } from '../event.ts'
import { isUserId, serverNameOf } from '../identifiers.ts'
import { parentIds } from '../references.ts'
import { roomVersion, type RoomVersion } from '../room-version.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Rule 1. Clause: rooms/v12#authorisation-rules */
export const judgeCreate = (event: Event, version: RoomVersion): Refusal | undefined => {
  const { pdu } = event
  const parents = parentIds(event).length
  if (parents > 0)
    return refuse(
      'auth.create.prev_events',
      `a create event has no parents, this one has ${parents}`,
    )
  const misplaced = version.roomIdFromCreate ? judgeAbsentRoomId(event) : judgeRoomIdDomain(event)
  if (misplaced !== undefined) return misplaced
  const named = valueAt(pdu.content, 'room_version')
  if (named !== undefined && (typeof named !== 'string' || roomVersion(named) === undefined))
    return refuse(
      'auth.create.unknown_version',
      `room_version is ${JSON.stringify(named)}, which is not recognised`,
    )
  if (version.creatorInContent && !hasKey(pdu.content, 'creator'))
    return refuse('auth.create.no_creator', 'content has no creator')
  return version.privilegedCreators ? judgeAdditionalCreators(pdu.content) : undefined
}

const judgeAbsentRoomId = ({ pdu }: Event): Refusal | undefined =>
  pdu.room_id === undefined
    ? undefined
    : refuse(
        'auth.create.room_id_present',
        `a create event has no room_id, this has ${pdu.room_id}`,
      )

const judgeRoomIdDomain = ({ pdu, roomId }: Event): Refusal | undefined => {
  const roomDomain = serverNameOf(roomId)
  const senderDomain = serverNameOf(pdu.sender)
  if (roomDomain === senderDomain) return undefined
  return refuse(
    'auth.create.room_id_domain',
    `room_id is of ${roomDomain}, the sender is of ${senderDomain}`,
  )
}

const judgeAdditionalCreators = (content: Json): Refusal | undefined => {
  const additional = valueAt(content, 'additional_creators')
  if (additional === undefined) return undefined
  if (!Array.isArray(additional))
    return refuse(
      'auth.create.additional_creators_not_array',
      `additional_creators is ${JSON.stringify(additional)}, not a list`,
    )
  for (const user of additional as readonly Json[]) {
    if (typeof user !== 'string')
      return refuse(
        'auth.create.additional_creators_non_string',
        `additional_creators holds ${JSON.stringify(user)}, not a string`,
      )
    if (!isUserId(user))
      return refuse(
        'auth.create.additional_creators_bad_user_id',
        `additional_creators holds ${JSON.stringify(user)}, not a user id`,
      )
  }
  return undefined
}
