import { valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import type { Remote } from '../remote.ts'
import type { CrossSigning, CrossSigningKeys } from './cross-signing.ts'
import { answerKeys, emptyAnswer, type KeyAnswer, keysOf, type OwnKeys } from './own-keys.ts'
import type { RemoteDevices, RemoteList } from './remote-devices.ts'
import { deviceKeys, remoteKeys } from './remote-list.ts'
import type { Sharing } from './sharing.ts'

interface Sources {
  readonly name: string
  readonly remote: Remote
  readonly ownKeys: OwnKeys
  readonly crossSigning: CrossSigning
  readonly remoteDevices: RemoteDevices
  readonly sharing: Sharing
}

/** Servers that gave no answer, as clients are told of them. */
type Failures = Record<string, JsonObject>

interface Waiting {
  readonly timeoutMs: number
}

/** Longest wait for another server on a client's behalf. */
const maxWaitMs = 10_000

/** Keys of whatever user, for a client of this server. */
export class KeyQueries {
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** Throws no refusals of other servers: those are among the failures. `wanted`: device ids by user, none for all. */
  async query(
    viewer: string,
    wanted: ReadonlyMap<string, readonly string[]>,
    { timeoutMs }: Waiting,
  ): Promise<KeyAnswer & { failures: Failures }> {
    const { name, ownKeys, remoteDevices } = this.#sources
    const answer = { ...emptyAnswer(), failures: {} }
    const unknown = new Map<string, readonly string[]>()
    for (const [user, devices] of wanted) {
      const known = serverNameOf(user) === name ? undefined : remoteDevices.known(user)
      if (serverNameOf(user) === name) ownKeys.query(answer, { user, wanted: devices, viewer })
      else if (known === undefined) unknown.set(user, devices)
      else this.#tell(answer, known, { user, viewer, wanted: devices })
    }
    const asked = [...byServer(unknown)].map(([server, users]) =>
      this.#ask(answer, { server, users, viewer, timeoutMs: Math.min(timeoutMs, maxWaitMs) }),
    )
    await Promise.all(asked)
    return answer
  }

  /** Asks a server, and begins to follow those of its users who are in a room with ours. */
  async #ask(
    answer: KeyAnswer & { failures: Failures },
    order: {
      server: string
      users: ReadonlyMap<string, readonly string[]>
      viewer: string
      timeoutMs: number
    },
  ): Promise<void> {
    const { remote, sharing, remoteDevices } = this.#sources
    const { server, users, viewer, timeoutMs } = order
    const near = [...users.keys()].filter((user) => sharing.isNear(user))
    const following = near.map((user) => remoteDevices.fetch(user))
    const json = await remote.tryRequest(server, 'keysQuery', {
      body: { device_keys: Object.fromEntries(users) },
      timeoutMs,
    })
    const lists = await Promise.all(following)
    if (json !== undefined) {
      for (const user of users.keys()) this.#take(answer, { json, user, viewer })
      return
    }
    if (near.length < users.size || lists.includes(undefined)) answer.failures[server] = unreachable
    // Another answer of the same server says as much.
    for (const [index, user] of near.entries()) {
      const list = lists[index]
      if (list !== undefined) this.#tell(answer, list, { user, viewer, wanted: users.get(user) })
    }
  }

  /** What is known of a user whom this server follows. */
  #tell(
    answer: KeyAnswer,
    { devices, keys }: Pick<RemoteList, 'devices' | 'keys'>,
    {
      user,
      viewer,
      wanted = [],
    }: { user: string; viewer: string; wanted?: readonly string[] | undefined },
  ): void {
    answer.device_keys[user] = keysOf(devices, wanted)
    answerKeys(answer, user, this.#sources.crossSigning.seenBy(viewer, user, keys))
  }

  #take(
    answer: KeyAnswer,
    { json, user, viewer }: { json: Json; user: string; viewer: string },
  ): void {
    const devices = valueAt(valueAt(json, 'device_keys'), user)
    if (isObject(devices)) {
      const sound = Object.entries(devices).flatMap(([id, keys]) => {
        const good = deviceKeys(keys, user, id)
        return good === undefined ? [] : [[id, good] as const]
      })
      answer.device_keys[user] = Object.fromEntries(sound)
    }
    const [master, selfSigning] = ['master_keys', 'self_signing_keys'].map((name) =>
      valueAt(valueAt(json, name), user),
    )
    const keys: CrossSigningKeys = remoteKeys(user, master, selfSigning)
    answerKeys(answer, user, this.#sources.crossSigning.seenBy(viewer, user, keys))
  }

  /** `wanted`: algorithms by device by user. */
  async claim(
    wanted: ReadonlyMap<string, JsonObject>,
    { timeoutMs }: Waiting,
  ): Promise<{ one_time_keys: Record<string, JsonObject>; failures: Failures }> {
    const { name, remote, ownKeys } = this.#sources
    const keys: Record<string, JsonObject> = {}
    const failures: Failures = {}
    const asked = [...byServer(wanted)].map(async ([server, users]) => {
      if (server === name) {
        for (const [user, devices] of users) {
          const claimed = ownKeys.claim(user, devices)
          if (claimed !== undefined) keys[user] = claimed
        }
        return
      }
      const json = await remote.tryRequest(server, 'keysClaim', {
        body: { one_time_keys: Object.fromEntries(users) },
        timeoutMs: Math.min(timeoutMs, maxWaitMs),
      })
      if (json === undefined) failures[server] = unreachable
      for (const user of users.keys()) {
        const claimed = valueAt(valueAt(json, 'one_time_keys'), user)
        if (isObject(claimed)) keys[user] = claimed
      }
    })
    await Promise.all(asked)
    return { one_time_keys: keys, failures }
  }
}

const unreachable: JsonObject = { errcode: 'M_UNREACHABLE', error: 'there was no answer' }

function byServer<Value>(
  users: ReadonlyMap<string, Value>,
): ReadonlyMap<string, ReadonlyMap<string, Value>> {
  const servers = new Map<string, Map<string, Value>>()
  for (const [user, value] of users) {
    if (!isUserId(user)) continue
    const server = serverNameOf(user)
    const ofServer = servers.get(server) ?? new Map<string, Value>()
    servers.set(server, ofServer.set(user, value))
  }
  return servers
}
