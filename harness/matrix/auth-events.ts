import { hasKey, stringAt, valueAt } from './content.ts'
import type { JsonObject } from './event.ts'
import type { RoomVersion } from './room-version.ts'
import { stateKey } from './state-key.ts'

/** As much of an event as the selection of its auth events looks at. */
export interface Selectable {
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: JsonObject
}

type Key = readonly [type: string, stateKey: string]

/**
 * Type and state key of each piece of state that an event cites, where the room has it; none is named twice.
 * Malformed content selects less and never throws: the authorisation rules find the fault.
 * Clause: server-server-api#auth-events-selection
 */
export const authEventKeys = (draft: Selectable, version: RoomVersion): readonly Key[] => {
  if (draft.type === 'm.room.create') return []
  const keys: Key[] = [
    ...(version.createInAuthEvents ? [['m.room.create', ''] as const] : []),
    ['m.room.power_levels', ''],
    ['m.room.member', draft.sender],
    ...(draft.type === 'm.room.member' ? membershipKeys(draft, version) : []),
  ]
  return [...new Map(keys.map((key) => [stateKey(...key), key])).values()]
}

const membershipKeys = (draft: Selectable, version: RoomVersion): Key[] => {
  const { content } = draft
  const membership = stringAt(content, 'membership')
  const keys: Key[] = []
  if (draft.state_key !== undefined) keys.push(['m.room.member', draft.state_key])
  if (membership === 'join' || membership === 'invite' || membership === 'knock')
    keys.push(['m.room.join_rules', ''])
  if (membership === 'invite' && hasKey(content, 'third_party_invite')) {
    const token = stringAt(valueAt(valueAt(content, 'third_party_invite'), 'signed'), 'token')
    if (token !== undefined) keys.push(['m.room.third_party_invite', token])
  }
  if (membership === 'join' && version.restrictedJoin) {
    const authoriser = stringAt(content, 'join_authorised_via_users_server')
    if (authoriser !== undefined) keys.push(['m.room.member', authoriser])
  }
  return keys
}
