import type { DeviceName, Inbox } from '../devices/inbox.ts'
import type { OneTimeKeys } from '../devices/one-time-keys.ts'
import type { Position, SyncExtras } from './operations.ts'

interface Span {
  /** Absent: a first sync. */
  readonly since: Position | undefined
  /** Nothing later is told. */
  readonly next: Position
}

interface Sources {
  readonly inbox: Inbox
  readonly oneTimeKeys: OneTimeKeys
}

/** Gathers for one device what it has to hear of beside events. */
export class Extras {
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** Whether a sync from there would tell anything. */
  isAny(asks: DeviceName, since: Position): boolean {
    return this.#sources.inbox.isAny(asks, since)
  }

  collect(asks: DeviceName, { since, next }: Span): SyncExtras {
    const { inbox, oneTimeKeys } = this.#sources
    return {
      toDevice: inbox.collect(asks, since ?? 0, next),
      deviceLists: { changed: [], left: [] },
      oneTimeKeyCounts: oneTimeKeys.counts(asks),
      unusedFallbackKeyTypes: oneTimeKeys.unusedFallbacks(asks),
      presence: [],
      ephemeral: new Map(),
    }
  }
}
