import { integerAt, isInteger, stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import type { Remote } from '../remote.ts'
import type { Table } from '../store/store.ts'
import type { CrossSigningKeys } from './cross-signing.ts'
import type { DeviceChanges } from './device-changes.ts'
import type { UserDevices } from './devices.ts'
import { isDeviceId, readDeviceList, remoteDevice, remoteKeys } from './remote-list.ts'
import type { Sharing } from './sharing.ts'

/** What is known of another server's user. */
export type RemoteList = {
  /** stream_ids that a later update may be relative to. */
  readonly seen: readonly number[]
  readonly devices: UserDevices
  readonly keys: CrossSigningKeys
  /** An update is missing: to be fetched anew before it is used. */
  readonly stale?: true
}

const maxSeen = 100

/**
 * The devices of other servers' users who are in a room with ours: fetched once, then kept up to date by what their servers
 * send, and fetched again when something of that is missing (server-server-api#device-management).
 */
export class RemoteDevices {
  readonly #table: Table<RemoteList>
  readonly #remote: Remote
  readonly #sharing: Sharing
  readonly #changes: DeviceChanges
  /** Updates have come for these since their list was asked for. */
  readonly #late = new Set<string>()
  readonly #fetching = new Map<string, Promise<RemoteList | undefined>>()

  constructor(
    table: Table<RemoteList>,
    sources: { remote: Remote; sharing: Sharing; changes: DeviceChanges },
  ) {
    this.#table = table
    this.#remote = sources.remote
    this.#sharing = sources.sharing
    this.#changes = sources.changes
  }

  /** What is known and can be relied on. */
  known(user: string): RemoteList | undefined {
    const list = this.#table.get(user)
    return list?.stale === true || !this.#sharing.isNear(user) ? undefined : list
  }

  /** Fetches the list anew; undefined where the server gives none. Kept only while the user is in a room with ours. */
  fetch(user: string): Promise<RemoteList | undefined> {
    const under = this.#fetching.get(user)
    if (under !== undefined) return under
    const fetching = this.#fetch(user).finally(() => this.#fetching.delete(user))
    this.#fetching.set(user, fetching)
    return fetching
  }

  async #fetch(user: string): Promise<RemoteList | undefined> {
    const json = await this.#remote.tryRequest(serverNameOf(user), 'devices', {
      params: { userId: user },
    })
    // What came in meanwhile may be newer than the answer.
    const isLate = this.#late.delete(user)
    const answer = json === undefined ? undefined : readDeviceList(json, user)
    if (answer === undefined) return undefined
    if (isLate) return this.#fetch(user)
    const { stream, devices, keys } = answer
    const list = { seen: [stream], devices, keys }
    if (this.#sharing.isNear(user)) this.#table.set(user, list)
    return list
  }

  /** Forgets who is in no room with ours any longer: of them nothing more is heard. */
  forgetFar(): void {
    const far = [...this.#table.entries()].filter(([user]) => !this.#sharing.isNear(user))
    for (const [user] of far) this.#table.delete(user)
  }

  /** The content of an m.device_list_update from `origin`; what makes no sense is passed over. */
  update(origin: string, content: JsonObject): void {
    const news = readUpdate(origin, content)
    if (news === undefined || !this.#sharing.isNear(news.user)) return
    const list = this.#table.get(news.user)
    if (list?.seen.includes(news.stream) === true) return
    const isNext = list?.stale !== true && news.previous.every((id) => list?.seen.includes(id))
    if (list === undefined || !isNext) this.#lose(news.user, list)
    else this.#apply(list, news)
    this.#changes.mark(news.user)
  }

  #apply(list: RemoteList, { user, device, stream, content }: Update): void {
    const { [device]: _, ...others } = list.devices
    const isGone = valueAt(content, 'deleted') === true
    const devices = isGone ? others : { ...others, [device]: remoteDevice(content, user, device) }
    const seen = [...list.seen, stream].slice(-maxSeen)
    this.#table.set(user, { ...list, devices, seen })
  }

  /** An update is relative to what never came. The mark outlives a failure to fetch. */
  #lose(user: string, list: RemoteList | undefined): void {
    if (list?.stale !== true)
      this.#table.set(user, { seen: [], devices: {}, keys: {}, ...list, stale: true })
    if (this.#fetching.has(user)) this.#late.add(user)
    else
      void this.fetch(user).then((fresh) => {
        if (fresh !== undefined) this.#changes.mark(user)
      })
  }

  /** The content of an m.signing_key_update from `origin`. */
  updateKeys(origin: string, content: JsonObject): void {
    const user = userOf(origin, content)
    if (user === undefined || !this.#sharing.isNear(user)) return
    const list = this.#table.get(user)
    const keys = remoteKeys(
      user,
      valueAt(content, 'master_key'),
      valueAt(content, 'self_signing_key'),
    )
    if (list !== undefined) this.#table.set(user, { ...list, keys })
    this.#changes.mark(user)
  }
}

/** The user whom an update is about, where it is one of the server that sends it. */
function userOf(origin: string, content: Json): string | undefined {
  const user = stringAt(content, 'user_id')
  const isTheirs = user !== undefined && isUserId(user) && serverNameOf(user) === origin
  return isTheirs ? user : undefined
}

interface Update {
  readonly user: string
  readonly device: string
  readonly stream: number
  readonly previous: readonly number[]
  readonly content: JsonObject
}

function readUpdate(origin: string, content: JsonObject): Update | undefined {
  const user = userOf(origin, content)
  const device = stringAt(content, 'device_id')
  const stream = integerAt(content, 'stream_id')
  const previous = valueAt(content, 'prev_id') ?? []
  if (user === undefined || !isDeviceId(device) || stream === undefined) return undefined
  if (!Array.isArray(previous) || !previous.every(isInteger)) return undefined
  return { user, device, stream, previous, content }
}
