import type { Json, JsonObject } from '../matrix/event.ts'
import { isObject, member } from '../matrix/json.ts'
import { type PduPlace, pduPlaces } from '../wire/pdu-places.ts'
import { jsonOf, type Side } from './reading.ts'

/** A PDU somewhere in a body. */
export interface Carried {
  readonly side: Side
  readonly pointer: string
  readonly json: Json
  /** The room that path or body speak of: for create events that do not name theirs. */
  readonly roomId: string | undefined
  /** What shows an invited user the room: other demands hold for it than for events that are sent. */
  readonly inviteState: boolean
  /** From /backfill, which must not be judged by the number of references. */
  readonly backfilled: boolean
}

/** All PDUs that a side carries; nothing of an answer that is not 200. */
export function carriedBy(side: Side): readonly Carried[] {
  const { operation = '' } = side.reading.exchange
  const value = jsonOf(side)
  if (value === undefined || (side.part === 'response' && side.status !== 200)) return []
  return pduPlaces(operation, side.part).flatMap((place) => at(side, value, place))
}

function at(side: Side, body: Json, [kind, ...path]: PduPlace): readonly Carried[] {
  const value = path.reduce<Json | undefined>(step, body)
  const pointer = path.map((name) => `/${name}`).join('')
  if (value === undefined) return []
  const common = {
    side,
    roomId: side.reading.params['roomId'],
    inviteState: path.at(-1) === 'invite_room_state',
    backfilled: side.reading.exchange.operation === 'backfill',
  }
  if (kind !== 'list') return [{ ...common, pointer, json: value }]
  if (!Array.isArray(value)) return []
  return value.map((json: Json, index) => ({ ...common, pointer: `${pointer}/${index}`, json }))
}

function step(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)]
  return isObject(value) ? member(value, name) : undefined
}

/** The PDU if it is at least an object. */
export const objectOf = ({ json }: Carried): JsonObject | undefined =>
  isObject(json) ? json : undefined
