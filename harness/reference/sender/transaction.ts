import type { Event, JsonObject } from '../../matrix/event.ts'

export interface Transaction {
  readonly id: string
  /** When it was put together. */
  readonly made: number
  readonly pdus: readonly Event[]
  readonly edus: readonly JsonObject[]
}

/** `status`: what was answered instead of 200; absent: there was no complete answer. */
export type Result =
  | 'arrived'
  | { readonly status?: number | undefined; readonly retryAfterMs?: number | undefined }

/** How an EDU waits. */
export interface EduOrder {
  /**
   * `always`: it is kept until it has arrived, over outages and restarts, however long the queue grows. `latest`: it is worth
   * something only for now, and goes first where too much waits.
   */
  readonly keep: 'always' | 'latest'
  /** Takes the place of what waits under the same key. */
  readonly key?: string
}
