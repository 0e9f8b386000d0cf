import type { DeviceChanges } from '../devices/device-changes.ts'
import type { DeviceName, Inbox } from '../devices/inbox.ts'
import type { OneTimeKeys } from '../devices/one-time-keys.ts'
import { encounters } from '../devices/neighbours.ts'
import type { Sharing } from '../devices/sharing.ts'
import type { Position, SyncExtras } from './operations.ts'
import type { Streams } from './streams.ts'

interface Span {
  /** Absent: a first sync. */
  readonly since: Position | undefined
  /** Nothing later is told. */
  readonly next: Position
}

interface Sources {
  readonly streams: Streams
  readonly sharing: Sharing
  readonly changes: DeviceChanges
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
    const { inbox, changes } = this.#sources
    return (
      inbox.isAny(asks, since) ||
      changes.between(since, Number.MAX_SAFE_INTEGER, asks.user).length > 0
    )
  }

  collect(asks: DeviceName, { since, next }: Span): SyncExtras {
    const { inbox, oneTimeKeys } = this.#sources
    return {
      toDevice: inbox.collect(asks, since ?? 0, next),
      deviceLists:
        since === undefined
          ? { changed: [], left: [] }
          : this.deviceLists(asks.user, { since, next }),
      oneTimeKeyCounts: oneTimeKeys.counts(asks),
      unusedFallbackKeyTypes: oneTimeKeys.unusedFallbacks(asks),
      presence: [],
      ephemeral: new Map(),
    }
  }

  /** Whose keys a client has to fetch anew, and whose it need not follow any longer. */
  deviceLists(
    user: string,
    span: { readonly since: Position; readonly next: Position },
  ): SyncExtras['deviceLists'] {
    const { streams, sharing, changes } = this.#sources
    const { met, parted } = encounters(streams, user, span)
    const near = (other: string) => sharing.together(user, other)
    const changed = new Set([...changes.between(span.since, span.next, user), ...met].filter(near))
    const left = [...parted].filter((other) => !near(other))
    return { changed: [...changed], left }
  }
}
