import type { RoomVersion } from './room-version.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/**
 * An event as it crosses the wire between servers. Only what has been checked may be read through the named fields.
 * In versions with `pairedReferences` the wire has pairs where ids are declared here: read those through
 * `parentIds` and `citedIds`, which serve every version.
 */
export interface Pdu {
  /** In the versions whose event ids are given. */
  readonly event_id?: string
  readonly type: string
  readonly sender: string
  /** Absent in the create event where the room id is its hash (version 12). */
  readonly room_id?: string
  readonly state_key?: string
  readonly content: JsonObject
  readonly prev_events: readonly string[]
  readonly auth_events: readonly string[]
  readonly depth: number
  readonly origin_server_ts: number
  readonly hashes: { readonly sha256: string }
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly unsigned?: JsonObject
  /** Top-level in m.room.redaction up to version 10; in the content from 11. */
  readonly redacts?: string
}

/** A PDU whose format has been checked, with what follows from it. */
export interface Event {
  readonly id: string
  readonly roomId: string
  readonly version: RoomVersion
  readonly pdu: Pdu
}
