import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { EventFormatError, readEvent } from '../../matrix/read-event.ts'
import type { WireClient } from '../../wire/client.ts'
import { Nonconformance, Refused } from '../../world/errors.ts'
import type { Handshake, Reply, Room } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import { offeredVersions } from '../offered-versions.ts'
import type { Services } from '../services.ts'
import { signTemplate, wrongIn } from '../users/handshake.ts'
import { ask, listOf } from './asking.ts'

export interface HandshakeOrder {
  readonly client: WireClient
  readonly services: Services
  readonly destination: string
  readonly user: string
  /** For one answer. */
  readonly timeoutMs: number
}

/** make_join, sign, send_join, with nothing applied. Throws Refused where there is no template. */
export async function handshake(room: Room, order: HandshakeOrder): Promise<Handshake> {
  const { client, destination, timeoutMs, user } = order
  const template = await ask(client, {
    timeoutMs,
    destination,
    operation: 'makeJoin',
    params: { roomId: room.id, userId: user },
    query: { ver: offeredVersions.map(({ id }) => id) },
  })
  if (template.status !== 200) throw refusalOf(template)
  const event = signed(room, order, template)
  const reply = await ask(client, {
    timeoutMs,
    destination,
    operation: 'sendJoin',
    params: { roomId: room.id, eventId: event.id },
    body: { ...event.pdu },
  })
  return {
    template,
    event,
    reply,
    state: eventsIn(room, valueAt(reply.json, 'state')),
    authChain: eventsIn(room, valueAt(reply.json, 'auth_chain')),
  }
}

function refusalOf({ status, json, exchange }: Reply): Refused {
  const errcode = stringAt(json, 'errcode') ?? 'no errcode'
  const words = stringAt(json, 'error') ?? 'no words'
  return new Refused(status, errcode, `make_join (exchange ${exchange}): ${words}`)
}

function signed(room: Room, { services, user }: HandshakeOrder, { json, exchange }: Reply): Event {
  const event = valueAt(json, 'event')
  const wrong = wrongIn(event, { roomId: room.id, user, membership: 'join' })
  const unusable = (why: string) =>
    new Nonconformance(`the answer to make_join is of no use: ${why}`, {
      expected: `under event, what becomes the join of ${user}`,
      actual: JSON.stringify(event) ?? 'nothing',
      exchanges: [exchange],
    })
  if (!isObject(event)) throw unusable('it holds no event')
  if (wrong !== undefined) throw unusable(`${wrong} is wrong`)
  try {
    return signTemplate(services, { version: room.version, event })
  } catch (error) {
    if (error instanceof MatrixError) throw unusable(error.message)
    throw error
  }
}

/** What is no event of the room version is left out: validators see to the wire form. */
function eventsIn(room: Room, list: Json | undefined): readonly Event[] {
  return listOf(list).flatMap((json) => {
    try {
      return [readEvent(json, room.version)]
    } catch (error) {
      if (error instanceof EventFormatError) return []
      throw error
    }
  })
}
