import type { Event, JsonObject, Pdu } from '../../matrix/event.ts'
import { eventOf } from '../../matrix/read-event.ts'
import { roomVersion } from '../../matrix/room-version.ts'

/** An event of a room that this server is not in, as it lies in a table. */
export type KeptEvent = { readonly version: string; readonly pdu: JsonObject }

export const keptForm = ({ version, pdu }: Event): KeptEvent => ({
  version: version.id,
  pdu: { ...pdu },
})

/** Undefined where the room version is none that is known now. */
export function unkept({ version: id, pdu }: KeptEvent): Event | undefined {
  const version = roomVersion(id)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was the PDU of an event when it was kept
  return version && eventOf(pdu as JsonObject & Pdu, version)
}
