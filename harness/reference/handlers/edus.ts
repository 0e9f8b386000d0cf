import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { Room } from '../rooms/room.ts'
import type { EduHandler, EduParts, Services } from '../services.ts'

/** Rooms in one m.receipt. */
const maxRooms = 1_000

/** What an honest server does with the EDUs that there are. */
export const standardEdus: EduParts = {
  lasting: {
    'm.direct_to_device': ({ people }, ...edu) => people.toDevice.receive(...edu),
    'm.device_list_update': ({ people }, ...edu) => people.remoteDevices.update(...edu),
    'm.signing_key_update': ({ people }, ...edu) => people.remoteDevices.updateKeys(...edu),
  },
  passing: {
    'm.typing': (services, origin, content) => {
      const room = roomOf(services, origin, stringAt(content, 'room_id'))
      if (room !== undefined) services.people.typing.receive(origin, room, content)
    },
    'm.receipt': (services, origin, content) => {
      for (const [roomId, receipts] of Object.entries(content).slice(0, maxRooms)) {
        const room = roomOf(services, origin, roomId)
        if (room !== undefined) services.people.receipts.receive(origin, room, receipts)
      }
    },
    'm.presence': ({ people }, ...edu) => people.presence.receive(...edu),
  },
}

/** A room that this server is in and the origin may take part in (server-server-api#server-access-control-lists-acls). */
function roomOf(
  { rooms, parts }: Services,
  origin: string,
  roomId: string | undefined,
): Room | undefined {
  const room = roomId === undefined ? undefined : rooms.joined(roomId)
  return room !== undefined && parts.access.allowed(room, origin) ? room : undefined
}

/** Hands the EDUs of a transaction to their handlers (server-server-api#edus); one of an unknown type or form is no error. */
export function takeEdus(
  services: Services,
  { origin, edus }: { origin: string; edus: readonly Json[] },
  handlers: Readonly<Record<string, EduHandler>>,
): void {
  for (const edu of edus) {
    const type = stringAt(edu, 'edu_type')
    const content = valueAt(edu, 'content')
    if (type === undefined || !isObject(content) || !Object.hasOwn(handlers, type)) continue
    handlers[type]?.(services, origin, content)
  }
}
