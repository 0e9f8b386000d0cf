import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { CanonicalJsonError } from '../../matrix/canonical-json.ts'
import { isObject } from '../../matrix/json.ts'
import { checkReferences } from '../../matrix/reference-format.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { UnsignedPdu } from '../../matrix/sign-event.ts'
import { MatrixError } from '../errors.ts'
import { offeredVersion } from '../offered-versions.ts'
import type { Services } from '../services.ts'

/** A membership that another server has prepared and this one's user is about to sign. */
export interface Template {
  readonly version: RoomVersion
  readonly event: JsonObject
}

export interface HandshakeOrder {
  readonly roomId: string
  readonly user: string
  readonly server: string
  readonly membership: 'join' | 'knock' | 'leave'
}

/** Asks for a template and checks that it is what was asked for (server-server-api#joining-rooms). Throws RemoteError, MatrixError. */
export async function fetchTemplate(services: Services, order: HandshakeOrder): Promise<Template> {
  const { roomId, user, server, membership } = order
  const params = { roomId, userId: user }
  const query = { ver: services.parts.making.versionsForJoin }
  const json = await services.remote.request(server, templateOf[membership], {
    params,
    ...(membership === 'leave' ? {} : { query }),
  })
  return readTemplate(json, order)
}

const templateOf = { join: 'makeJoin', knock: 'makeKnock', leave: 'makeLeave' } as const

function readTemplate(json: Json, { roomId, user, server, membership }: HandshakeOrder): Template {
  const stated = stringAt(json, 'room_version') ?? '1'
  const version = offeredVersion(stated)
  if (version === undefined)
    throw new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', `the room has version ${stated}`, {
      room_version: stated,
    })
  const event = valueAt(json, 'event')
  const wrong = wrongIn(event, { roomId, user, membership })
  if (wrong !== undefined) throw badTemplate(server, wrong)
  if (!isObject(event)) throw badTemplate(server, 'event')
  return { version, event }
}

/** The field in which a template is not what was asked for. */
export function wrongIn(
  event: Json | undefined,
  { roomId, user, membership }: Omit<HandshakeOrder, 'server'>,
): string | undefined {
  const wanted = { type: 'm.room.member', room_id: roomId, sender: user, state_key: user }
  const wrong = Object.entries(wanted).find(([field, value]) => valueAt(event, field) !== value)
  if (wrong !== undefined) return wrong[0]
  return stringAt(valueAt(event, 'content'), 'membership') === membership ? undefined : 'membership'
}

const badTemplate = (server: string, what: string): MatrixError =>
  new MatrixError(502, 'M_UNKNOWN', `the template of ${server} has a wrong ${what}`)

/** The template as an event of our user: own time, own profile, signed. Throws MatrixError where it cannot become a valid event. */
export function signTemplate(
  services: Services,
  { version, event }: Template,
  more: JsonObject = {},
): Event {
  const { hashes: _, signatures: __, unsigned: ___, event_id: ____, ...fields } = event
  const content = valueAt(event, 'content')
  const json: JsonObject = {
    ...fields,
    content: { ...(isObject(content) ? content : {}), ...more },
    origin: services.name,
    origin_server_ts: services.clock(),
  }
  if (!hasGraphFields(json, version)) throw unusable('it lacks what every event has')
  try {
    return services.parts.making.finish(json, version, services.author)
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw unusable(error.message)
    throw error
  }
}

const unusable = (why: string): MatrixError =>
  new MatrixError(502, 'M_UNKNOWN', `the template cannot become an event: ${why}`)

function hasGraphFields(json: JsonObject, version: RoomVersion): json is JsonObject & UnsignedPdu {
  return (
    checkReferences(json, version, false).length === 0 &&
    typeof json['depth'] === 'number' &&
    typeof json['type'] === 'string' &&
    typeof json['sender'] === 'string'
  )
}
