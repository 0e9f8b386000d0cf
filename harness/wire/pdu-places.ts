/** Where PDUs lie: a body that is one, a member that is one, a list of them. */
export type PduPlace = readonly [kind: 'whole' | 'one' | 'list', ...path: string[]]

const places: Readonly<Record<string, readonly PduPlace[]>> = {
  'send request': [['list', 'pdus']],
  'sendJoin request': [['whole']],
  'sendJoin response': [
    ['list', 'state'],
    ['list', 'auth_chain'],
    ['one', 'event'],
  ],
  'sendLeave request': [['whole']],
  'sendKnock request': [['whole']],
  'sendKnock response': [['list', 'knock_room_state']],
  'invite request': [
    ['one', 'event'],
    ['list', 'invite_room_state'],
  ],
  'invite response': [['one', 'event']],
  'inviteV1 request': [['whole'], ['list', 'unsigned', 'invite_room_state']],
  'inviteV1 response': [['one', '1', 'event']],
  'policySign request': [['whole']],
  'event response': [['list', 'pdus']],
  'state response': [
    ['list', 'pdus'],
    ['list', 'auth_chain'],
  ],
  'eventAuth response': [['list', 'auth_chain']],
  'backfill response': [['list', 'pdus']],
  'getMissingEvents response': [['list', 'events']],
}

type Part = 'request' | 'response'

/** Where the body of that operation holds PDUs. */
export const pduPlaces = (operation: string, part: Part): readonly PduPlace[] =>
  places[`${operation} ${part}`] ?? []

/** Whether what lies at `pointer` of the body is part of a PDU, or is one. */
export const isInPdu = (pointer: string, operation: string, part: Part): boolean =>
  pduPlaces(operation, part).some(([kind, ...path]) => {
    if (kind === 'whole') return true
    const base = `/${path.join('/')}/`
    if (!pointer.startsWith(base)) return false
    return kind === 'one' || pointer.slice(base.length).includes('/')
  })
