import type { JsonObject } from '../../matrix/event.ts'
import type { DeviceChanges } from '../devices/device-changes.ts'
import type { DeviceName, Inbox } from '../devices/inbox.ts'
import type { OneTimeKeys } from '../devices/one-time-keys.ts'
import { encounters } from '../devices/neighbours.ts'
import type { Sharing } from '../devices/sharing.ts'
import type { Presence } from '../ephemeral/presence.ts'
import type { Receipts } from '../ephemeral/receipts.ts'
import type { Typing } from '../ephemeral/typing.ts'
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
  readonly presence: Presence
  readonly typing: Typing
  readonly receipts: Receipts
}

const nobody: ReadonlySet<string> = new Set()

/** Gathers for one device what it has to hear of beside events. */
export class Extras {
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** Whether a sync from there would tell anything. */
  isAny(asks: DeviceName, since: Position): boolean {
    const { inbox, changes, presence } = this.#sources
    const { user } = asks
    const span = { since, next: Number.MAX_SAFE_INTEGER }
    return (
      inbox.isAny(asks, since) ||
      changes.between(since, span.next, user).length > 0 ||
      presence.events(user, { ...span, met: nobody }).length > 0 ||
      this.#ephemeral(user, span).size > 0
    )
  }

  collect(asks: DeviceName, { since, next }: Span): SyncExtras {
    const { streams, inbox, oneTimeKeys, presence } = this.#sources
    const { user } = asks
    const first = since === undefined
    const span = { since: since ?? 0, next }
    const met = first ? nobody : encounters(streams, user, span).met
    return {
      toDevice: inbox.collect(asks, span.since, next),
      deviceLists: first ? { changed: [], left: [] } : this.deviceLists(user, span),
      oneTimeKeyCounts: oneTimeKeys.counts(asks),
      unusedFallbackKeyTypes: oneTimeKeys.unusedFallbacks(asks),
      presence: presence.events(user, { ...span, met }),
      ephemeral: this.#ephemeral(user, span),
    }
  }

  #ephemeral(
    user: string,
    { since, next }: { since: Position; next: Position },
  ): ReadonlyMap<string, readonly JsonObject[]> {
    const { streams, typing, receipts } = this.#sources
    const rooms = new Map<string, readonly JsonObject[]>()
    for (const stream of streams.all) {
      const standpoint = stream.standpoint(user)
      if (standpoint?.membership !== 'join') continue
      const { id } = stream.room
      const from = standpoint.since > since ? 0 : since
      const events = [typing.event(id, from), receipts.event(id, user, { since: from, next })]
      const some = events.filter((event) => event !== undefined)
      if (some.length > 0) rooms.set(id, some)
    }
    return rooms
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
