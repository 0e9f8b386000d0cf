import type { Event, JsonObject } from '../../matrix/event.ts'
import { clientForm } from '../../matrix/read-event.ts'
import { type ClientFilter, onlyFields } from './filters.ts'
import type { Device } from './logins.ts'
import type { ClientServices } from './routes.ts'

/** How a device is given events. */
export type Form = (event: Event) => JsonObject

/** As a client gets events: with their age, and with the transaction id where this device has sent them. */
export function formFor({ sent, clock }: ClientServices, device: Device): Form {
  return (event) => {
    const txnId = sent.txnIdOf(device, event.id)
    const unsigned = {
      ...event.pdu.unsigned,
      age: clock() - event.pdu.origin_server_ts,
      ...(txnId === undefined ? {} : { transaction_id: txnId }),
    }
    return clientForm({ ...event, pdu: { ...event.pdu, unsigned } })
  }
}

/** Inside a room's section of a sync: as the filter wants it, and without the room's id unless in the form in which it came. */
export function syncForm(form: Form, { fields, format }: ClientFilter): Form {
  return (event) => {
    const json = format === 'federation' ? rawForm(event) : withoutRoom(form(event))
    return fields === undefined ? json : onlyFields(json, fields)
  }
}

function withoutRoom(event: JsonObject): JsonObject {
  const { room_id: _, ...rest } = event
  return rest
}

const rawForm = (event: Event): JsonObject => ({ ...event.pdu, event_id: event.id })
