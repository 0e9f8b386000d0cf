import { schemaFor } from '../../fixtures/schemas/lookup.ts'
import { serverNameOf } from '../matrix/identifiers.ts'
import { member } from '../matrix/json.ts'
import type { Event } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import type { Fates } from './auth.ts'
import { type Carried, carriedBy, objectOf } from './carried.ts'
import { eventIdRequirement } from './agreements.ts'
import { formRule } from './forms.ts'
import { type Fault, type Judged, show } from './judged.ts'
import { eventFrom, type Knowledge } from './knowledge.ts'
import { formatFaults } from './pdu-format.ts'
import { hashFaults, signatureDemand, signatureFaults } from './pdu-proofs.ts'
import type { Side } from './reading.ts'

export const pduRules = {
  format: 'ambient/pdus/format',
  inviteState: 'ambient/pdus/invite-state',
  contentHash: 'ambient/pdus/content-hash',
  signatures: 'ambient/pdus/signatures',
  auth: 'ambient/pdus/auth',
} as const

/** What the PDUs of one side are held against. */
export interface PduCourt {
  readonly known: Knowledge
  readonly fates: Fates
  /** `server event-id` of events whose authorisation has been judged: it does not change from copy to copy. */
  readonly authorised: Set<string>
}

/**
 * Every PDU that a server says. Events of its own users have to be right in every way; those of others that it passes
 * on only in their format, since that is what it had to see to before it took them.
 */
export function judgePdus(side: Side, court: PduCourt): readonly Judged[] {
  return carriedBy(side).flatMap((carried) => judgePdu(carried, court))
}

function judgePdu(carried: Carried, court: PduCourt): readonly Judged[] {
  const version = court.known.versionOf(carried)
  const own = isOwn(carried)
  const { deliberate = false } = carried.side.reading.exchange
  if (deliberate && !own) return []
  if (version === undefined) return judgeRoomless(carried)
  const faults = formatFaults(carried, version, own)
  if (carried.inviteState) return judgeInviteState(carried, version, faults)
  const format = { rule: pduRules.format, faults }
  const event = eventFrom(carried.json, version)
  if (event === undefined) return [format]
  return [format, ...judgeEvent(carried, event, { court, own })]
}

const isOwn = (carried: Carried): boolean => {
  const pdu = objectOf(carried)
  const sender = pdu === undefined ? undefined : member(pdu, 'sender')
  return typeof sender === 'string' && serverNameOf(sender) === carried.side.speaker
}

/** Without a room there is no room version, so nothing else can be said (rooms/v12#event-format). */
function judgeRoomless(carried: Carried): readonly Judged[] {
  const pdu = objectOf(carried)
  if (pdu === undefined || carried.roomId !== undefined) return []
  const room = member(pdu, 'room_id')
  if (typeof room === 'string' || member(pdu, 'type') === 'm.room.create') return []
  const fault = {
    requirement: 'ss.pdu.room_id_needed',
    pointer: `${carried.pointer}/room_id`,
    expected: 'a room id',
    actual: show(room),
  }
  return [{ rule: pduRules.format, faults: [fault] }]
}

/** server-server-api#put_matrixfederationv2inviteroomideventid: full events of the room version, since v1.16. */
function judgeInviteState(
  { pointer }: Carried,
  version: RoomVersion,
  faults: readonly Fault[],
): readonly Judged[] {
  const [first] = faults
  const fault = first && {
    requirement: 'ss.iv2.inviting.irs_format',
    pointer,
    expected: `a full event of room version ${version.id}`,
    actual: `${first.pointer.slice(pointer.length)}: ${first.actual} instead of ${first.expected}`,
  }
  return [{ rule: pduRules.inviteState, faults: fault === undefined ? [] : [fault] }]
}

interface Circumstances {
  readonly court: PduCourt
  readonly own: boolean
}

function judgeEvent(
  carried: Carried,
  event: Event,
  { court, own }: Circumstances,
): readonly Judged[] {
  const { known } = court
  const judged: Judged[] = [...judgeEventId(carried, event)]
  if (own) judged.push({ rule: pduRules.contentHash, faults: hashFaults(carried, event, known) })
  const demand = signatureDemand(carried, event, own)
  const signed =
    demand === undefined ? undefined : signatureFaults(carried, event, { demand, known })
  if (signed !== undefined) judged.push({ rule: pduRules.signatures, faults: signed })
  return own ? [...judged, ...judgeAuth(carried, event, court)] : judged
}

/** That the event has the id by which the request speaks of it. */
function judgeEventId({ side, pointer }: Carried, event: Event): readonly Judged[] {
  const { operation = '' } = side.reading.exchange
  const requirement = eventIdRequirement(operation, side.part)
  const demand = schemaFor(operation, side.part)
  const asked = side.reading.params['eventId']
  if (requirement === undefined || demand === undefined || asked === undefined) return []
  const fault = { requirement, pointer, expected: asked, actual: event.id }
  return [{ rule: formRule(demand), faults: asked === event.id ? [] : [fault] }]
}

/** By the events that it cites, where all of them are known and were its server's own choice. */
function judgeAuth(
  { side, pointer }: Carried,
  event: Event,
  { fates, known, authorised }: PduCourt,
): readonly Judged[] {
  const fate = fates.get(event.id)
  const key = `${side.speaker} ${event.id}`
  if (fate === undefined || known.templated.has(event.id) || authorised.has(key)) return []
  authorised.add(key)
  if (fate === 'allowed') return [{ rule: pduRules.auth, faults: [] }]
  const fault = {
    requirement: fate.rule,
    pointer,
    expected: 'an event that is allowed by the events that it cites',
    actual: `${event.pdu.type} ${event.id}: ${fate.message}`,
  }
  return [{ rule: pduRules.auth, faults: [fault] }]
}
