import type { Event } from '../../matrix/event.ts'
import type { ClientEvent } from '../../world/homeserver.ts'

/** An event as a user sees it. */
export function clientEvent({ id, pdu }: Event): ClientEvent {
  return {
    event_id: id,
    type: pdu.type,
    sender: pdu.sender,
    content: pdu.content,
    origin_server_ts: pdu.origin_server_ts,
    ...(pdu.state_key === undefined ? {} : { state_key: pdu.state_key }),
    ...(pdu.unsigned === undefined ? {} : { unsigned: pdu.unsigned }),
  }
}
