import { hash } from 'node:crypto'
import type { Event, JsonObject, Pdu } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'

const creator = '@creator:hs0.example.org'

/** A room in which `size` events stand in a line: nearly all of them messages, of a kilobyte each on the wire. */
export const lineOfMessages = (version: RoomVersion, size: number): Event[] => {
  const events: Event[] = []
  const roomId = '!bench:hs0.example.org'
  const add = (
    draft: { type: string; state_key?: string; content: JsonObject },
    auth: number[],
  ) => {
    const digest = hash('sha256', String(events.length), 'base64url')
    const text = JSON.stringify({
      ...draft,
      sender: creator,
      room_id: roomId,
      prev_events: events.length > 0 ? [events.at(-1)?.id] : [],
      auth_events: auth.map((at) => events[at]?.id),
      depth: events.length + 1,
      origin_server_ts: 1_700_000_000_000 + events.length,
      hashes: { sha256: digest },
      signatures: { 'hs0.example.org': { 'ed25519:a': digest + digest } },
    })
    // As from the wire, where an event shares no text with another.
    const pdu: Pdu = JSON.parse(text)
    events.push({ id: `$${digest}`, roomId, version, pdu })
  }
  add({ type: 'm.room.create', state_key: '', content: { room_version: version.id } }, [])
  add({ type: 'm.room.member', state_key: creator, content: { membership: 'join' } }, [0])
  add(
    { type: 'm.room.power_levels', state_key: '', content: { users: { [creator]: 100 } } },
    [0, 1],
  )
  const body = 'The quick brown fox jumps over the lazy dog. '.repeat(7)
  while (events.length < size) {
    const content = { msgtype: 'm.text', body: `${events.length} ${body}` }
    add({ type: 'm.room.message', content }, [0, 1, 2])
  }
  return events
}
