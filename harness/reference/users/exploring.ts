import type { JsonObject } from '../../matrix/event.ts'

export interface PublicRoomsQuery {
  /** 0 or absent: as many as fit on one page. */
  readonly limit?: number
  /** From an earlier page. */
  readonly since?: string
  /** In name, topic or alias, in whatever case. */
  readonly term?: string
  /** Null stands for rooms without a type. Absent: all. */
  readonly types?: readonly (string | null)[]
}

export interface HierarchyOptions {
  readonly suggestedOnly?: boolean
  /** Rooms on one page: 1 to 50, which is the default too. */
  readonly limit?: number
  /** Steps from the room that was asked for; at most 20, which is the default too. */
  readonly maxDepth?: number
  /** From an earlier page. */
  readonly from?: string
  /** Servers that may know the room. */
  readonly via?: readonly string[]
}

export interface HierarchyPage {
  readonly rooms: readonly JsonObject[]
  /** Absent on the last page. */
  readonly next?: string
}

/** An event with its time in milliseconds. */
export interface Timed {
  readonly eventId: string
  readonly ts: number
}
