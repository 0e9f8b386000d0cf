import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '../matrix/event.ts'
import { isObject, member } from '../matrix/json.ts'
import { type Fault, show } from './judged.ts'
import { jsonOf, type Side } from './reading.ts'

/** A value in a body that has to be the same as something said before in the exchange. */
interface Agreement {
  readonly requirement: string
  readonly path: readonly string[]
  readonly with: (side: Side) => Json | undefined
}

const param =
  (name: string) =>
  ({ reading }: Side): Json | undefined =>
    reading.params[name]

const template = (family: 'ss.mj' | 'ss.ml'): readonly Agreement[] => [
  { requirement: `${family}.event.sender`, path: ['event', 'sender'], with: param('userId') },
  { requirement: `${family}.event.state_key`, path: ['event', 'state_key'], with: param('userId') },
]

/** By operation and part. */
const agreements: Readonly<Record<string, readonly Agreement[]>> = {
  'serverKeys response': [
    {
      requirement: 'ss.keys.schema.server_name',
      path: ['server_name'],
      with: ({ speaker }) => speaker,
    },
  ],
  'makeJoin response': [
    ...template('ss.mj'),
    { requirement: 'ss.mj.event.room_id', path: ['event', 'room_id'], with: param('roomId') },
  ],
  'makeLeave response': template('ss.ml'),
  'send request': [
    {
      requirement: 'ss.txn.sender_origin_matches',
      path: ['origin'],
      with: ({ speaker }) => speaker,
    },
  ],
  'invite request': [
    { requirement: 'ss.iv2.room_id_path', path: ['event', 'room_id'], with: param('roomId') },
  ],
}

/** Operations whose path names the event in the body; its id is known once the room version is. */
const eventInPath: Readonly<Record<string, string>> = {
  'sendJoin request': 'ss.sj.joining.event_id_path',
  'invite request': 'ss.iv2.event_id_path',
  'event response': 'ss.ev.single_pdu',
}

/** The requirement that the event in the body has the id in the path, where the operation makes it. */
export const eventIdRequirement = (operation: string, part: string): string | undefined =>
  eventInPath[`${operation} ${part}`]

/** Requirements that agreements prove, by operation and part. */
export function agreedRequirements(operation: string, part: string): readonly string[] {
  const list = (agreements[`${operation} ${part}`] ?? []).map(({ requirement }) => requirement)
  const id = eventIdRequirement(operation, part)
  const echoed = operation === 'invite' && part === 'response'
  return [
    ...list,
    ...(id === undefined ? [] : [id]),
    ...(echoed ? ['ss.iv2.untouched', 'ss.iv2.inviter_signature_kept'] : []),
  ]
}

export function judgeAgreements(side: Side): readonly Fault[] {
  const { operation } = side.reading.exchange
  const value = jsonOf(side)
  if (operation === undefined || !isObject(value)) return []
  if (side.part === 'response' && side.status !== 200) return []
  if (operation === 'invite' && side.part === 'response') return judgeInviteAnswer(side, value)
  const list = agreements[`${operation} ${side.part}`] ?? []
  return list.flatMap((agreement) => judgeAgreement(agreement, value, side))
}

function judgeAgreement(agreement: Agreement, value: JsonObject, side: Side): readonly Fault[] {
  const expected = agreement.with(side)
  const actual = at(value, agreement.path)
  if (expected === undefined || actual === expected) return []
  const pointer = agreement.path.map((step) => `/${step}`).join('')
  return [
    {
      requirement: agreement.requirement,
      pointer,
      expected: show(expected),
      actual: show(actual),
    },
  ]
}

const at = (value: Json, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, step) => (isObject(inner) ? member(inner, step) : undefined),
    value,
  )

/** Everything but signatures and unsigned is as it was sent, and no signature is lost. */
function judgeInviteAnswer(side: Side, value: JsonObject): readonly Fault[] {
  const { request } = side.reading
  const sent = request.kind === 'json' ? at(request.value, ['event']) : undefined
  const back = at(value, ['event'])
  if (!isObject(sent) || !isObject(back)) return []
  const names = new Set([...Object.keys(sent), ...Object.keys(back)])
  names.delete('signatures')
  names.delete('unsigned')
  const changed = [...names].filter(
    (name) => !isDeepStrictEqual(member(sent, name), member(back, name)),
  )
  const faults = changed.map((name) => ({
    requirement: 'ss.iv2.untouched',
    pointer: `/event/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    expected: show(member(sent, name)),
    actual: show(member(back, name)),
  }))
  return [...faults, ...judgeKeptSignatures(sent, back)]
}

function judgeKeptSignatures(sent: JsonObject, back: JsonObject): readonly Fault[] {
  const before = member(sent, 'signatures')
  const after = member(back, 'signatures')
  if (!isObject(before)) return []
  const lost = Object.keys(before).filter(
    (server) =>
      !isDeepStrictEqual(
        member(before, server),
        isObject(after) ? member(after, server) : undefined,
      ),
  )
  return lost.map((server) => ({
    requirement: 'ss.iv2.inviter_signature_kept',
    pointer: '/event/signatures',
    expected: `the signatures of ${server} as they were sent`,
    actual: 'absent or changed',
  }))
}
