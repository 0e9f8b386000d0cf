import type { Json, JsonObject } from '../../matrix/event.ts'
import { forbidden, invalidParam, MatrixError } from '../errors.ts'
import type { AccessParts } from '../rooms/access.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'

/** A request of another server that has passed authentication. */
export interface Inbound {
  readonly operation: string
  /** Server name; `?` where the operation is open to anybody and nobody said who it is. */
  readonly origin: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty for a request without a body. */
  readonly body: JsonObject
  readonly exchange: number
}

export interface Outcome {
  readonly status: number
  readonly json?: Json
  /** In place of JSON. */
  readonly bytes?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** The answer breaks a rule on purpose. */
  readonly deliberate?: boolean
}

/** Answers one operation; throws MatrixError to refuse. */
export type Handler = (services: Services, inbound: Inbound) => Outcome | Promise<Outcome>

export const ok = (json: Json): Outcome => ({ status: 200, json })

export function param({ params }: Inbound, name: string): string {
  const value = params[name]
  if (value === undefined) throw new TypeError(`the operation has no parameter ${name}`)
  return value
}

/** A query parameter that has to be there: M_MISSING_PARAM. */
export function queried({ query }: Inbound, name: string): string {
  const value = query[name]?.[0]
  if (value === undefined) throw missing(name)
  return value
}

export const missing = (name: string): MatrixError =>
  new MatrixError(400, 'M_MISSING_PARAM', `${name} is missing`)

/** The list of ids under `key` of the body: M_BAD_JSON where it is none. */
export function idsIn(body: JsonObject, key: string): readonly string[] {
  const value = body[key]
  if (value === undefined) throw missing(key)
  if (!Array.isArray(value)) throw new MatrixError(400, 'M_BAD_JSON', `${key} is no list`)
  return value.filter((one): one is string => typeof one === 'string')
}

/** A whole number in text, between bounds. */
export function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidParam(`${name} is no number`)
  return Number(text)
}

/** The room, where the origin may ask for what is in it: M_NOT_FOUND, M_FORBIDDEN. */
export function roomFor(services: Services, inbound: Inbound): Room {
  const room = services.rooms.joined(param(inbound, 'roomId'))
  if (room === undefined)
    throw new MatrixError(404, 'M_NOT_FOUND', 'this server is not in that room')
  const { access } = services.parts
  checkAccess(access, room, inbound.origin)
  return room
}

export function checkAccess({ mayAsk, allowed }: AccessParts, room: Room, server: string): void {
  if (!mayAsk(room, server)) throw forbidden(`${server} is not in the room`)
  if (!allowed(room, server)) throw forbidden(`the room's access list denies ${server}`)
}
