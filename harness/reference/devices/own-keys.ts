import { valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { CrossSigning, CrossSigningKeys } from './cross-signing.ts'
import type { Device, Devices } from './devices.ts'
import type { ClaimedKey, OneTimeKeys } from './one-time-keys.ts'

/** The answer to a query for keys, in the making: by user, by device. */
export interface KeyAnswer {
  readonly device_keys: Record<string, JsonObject>
  readonly master_keys: Record<string, JsonObject>
  readonly self_signing_keys: Record<string, JsonObject>
  /** For their owners alone. */
  readonly user_signing_keys: Record<string, JsonObject>
}

export const emptyAnswer = (): KeyAnswer => ({
  device_keys: {},
  master_keys: {},
  self_signing_keys: {},
  user_signing_keys: {},
})

/** Adds a user's cross-signing keys. */
export function answerKeys(answer: KeyAnswer, user: string, keys: CrossSigningKeys): void {
  if (keys.master_key !== undefined) answer.master_keys[user] = keys.master_key
  if (keys.self_signing_key !== undefined) answer.self_signing_keys[user] = keys.self_signing_key
  if (keys.user_signing_key !== undefined) answer.user_signing_keys[user] = keys.user_signing_key
}

/** Keys of devices that have some, all or those named. */
export function keysOf(
  devices: Readonly<Record<string, Pick<Device, 'keys' | 'display_name'>>>,
  wanted: readonly string[],
): JsonObject {
  const entries = Object.entries(devices).flatMap(([id, { keys, display_name }]) => {
    if (keys === undefined || (wanted.length > 0 && !wanted.includes(id))) return []
    if (display_name === undefined) return [[id, keys] as const]
    const unsigned = valueAt(keys, 'unsigned')
    const more = { ...(isObject(unsigned) ? unsigned : {}), device_display_name: display_name }
    return [[id, { ...keys, unsigned: more }] as const]
  })
  return Object.fromEntries(entries)
}

/** What this server's users have put down for others to fetch. */
export class OwnKeys {
  readonly #devices: Devices
  readonly #crossSigning: CrossSigning
  readonly #oneTimeKeys: OneTimeKeys

  constructor(sources: { devices: Devices; crossSigning: CrossSigning; oneTimeKeys: OneTimeKeys }) {
    this.#devices = sources.devices
    this.#crossSigning = sources.crossSigning
    this.#oneTimeKeys = sources.oneTimeKeys
  }

  /** Adds to `answer` what `viewer` (empty: somebody elsewhere) may know of a user and the devices named, none meaning all. */
  query(
    answer: KeyAnswer,
    { user, wanted, viewer }: { user: string; wanted: readonly string[]; viewer: string },
  ): void {
    answer.device_keys[user] = keysOf(this.#devices.of(user), wanted)
    answerKeys(answer, user, this.#crossSigning.seenBy(viewer, user))
  }

  /** One key for each device and algorithm named; what there is none for is left out. */
  claim(user: string, wanted: Json): JsonObject | undefined {
    if (!isObject(wanted)) return undefined
    const claimed = Object.entries(wanted).flatMap(([device, algorithm]) => {
      if (typeof algorithm !== 'string') return []
      const known = this.#devices.find(user, device)
      const key = known && this.#oneTimeKeys.claim({ user, device }, algorithm)
      return key === undefined ? [] : [[device, named(key)] as const]
    })
    return claimed.length === 0 ? undefined : Object.fromEntries(claimed)
  }
}

const named = ({ id, key }: ClaimedKey): JsonObject => ({ [id]: key })
