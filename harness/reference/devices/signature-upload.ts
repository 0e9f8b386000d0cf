import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { signatureOf } from '../../matrix/sign-json.ts'
import { invalidParam, MatrixError, notFound } from '../errors.ts'
import {
  type CrossSigningKey,
  isSameObject,
  isSignedBy,
  readCrossSigningKey,
  takeSignature,
} from './cross-signing-key.ts'
import type { CrossSigning, CrossSigningKeys } from './cross-signing.ts'
import type { DeviceChanges } from './device-changes.ts'
import type { Devices } from './devices.ts'
import type { RemoteDevices } from './remote-devices.ts'

interface Sources {
  readonly name: string
  readonly devices: Devices
  readonly crossSigning: CrossSigning
  readonly remoteDevices: RemoteDevices
  readonly changes: DeviceChanges
}

interface Signed {
  /** Device id, or the public key of a master key. */
  readonly id: string
  readonly json: JsonObject
}

/** Takes in what a user has signed: own devices, own master key, other users' master keys. */
export class SignatureUpload {
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** `body`: signed objects by id by user. Answers what went wrong, in the same order of keys. */
  async take(by: string, body: JsonObject): Promise<JsonObject> {
    const failures: Record<string, JsonObject> = {}
    for (const [user, objects] of Object.entries(body)) {
      if (!isObject(objects)) throw new MatrixError(400, 'M_BAD_JSON', `${user} has no objects`)
      const failed: (readonly [string, JsonObject])[] = []
      for (const [id, json] of Object.entries(objects)) {
        const error = await this.#failureOf(by, user, { id, json })
        if (error !== undefined) failed.push([id, error.body])
      }
      if (failed.length > 0) failures[user] = Object.fromEntries(failed)
    }
    return { failures }
  }

  async #failureOf(
    by: string,
    user: string,
    { id, json }: { id: string; json: Json },
  ): Promise<MatrixError | undefined> {
    try {
      if (!isObject(json)) throw invalidParam('there is no signed object')
      if (user === by) this.#signOwn(by, { id, json })
      else await this.#signOther(by, user, { id, json })
      return undefined
    } catch (error) {
      if (error instanceof MatrixError) return error
      throw error
    }
  }

  #signOwn(by: string, signed: Signed): void {
    const { devices, crossSigning } = this.#sources
    const master = crossSigning.key(by, 'master_key')
    if (master !== undefined && master.publicKey === signed.id) {
      crossSigning.signMaster(by, this.#signedMaster(by, master, signed))
      return
    }
    const device = devices.get(by, signed.id)
    const signer = crossSigning.key(by, 'self_signing_key')
    if (device.keys === undefined || signer === undefined)
      throw notFound('there are no keys to sign, or none to sign with')
    checkSigned(device.keys, signed.json, by, signer)
    const keys = takeSignature(device.keys, signed.json, by, signer.keyId)
    devices.set(by, signed.id, { ...device, keys })
  }

  /** The user's own master key with the signatures of the user's devices that are good. */
  #signedMaster(by: string, master: CrossSigningKey, { json }: Signed): JsonObject {
    let result = master.json
    for (const id of Object.keys(this.#sources.devices.of(by))) {
      const keyId = `ed25519:${id}`
      if (signatureOf(json, by, keyId) === undefined) continue
      const keys = valueAt(this.#sources.devices.find(by, id)?.keys, 'keys')
      const publicKey = stringAt(keys, keyId)
      if (publicKey === undefined) throw notFound(`the device ${id} has no such key`)
      checkSigned(master.json, json, by, { keyId, publicKey })
      result = takeSignature(result, json, by, keyId)
    }
    if (result === master.json)
      throw new MatrixError(400, 'M_INVALID_SIGNATURE', 'no device of the user has signed')
    return result
  }

  async #signOther(by: string, user: string, { id, json }: Signed): Promise<void> {
    const { crossSigning, changes } = this.#sources
    const known = await this.#keysOf(user)
    const master = readCrossSigningKey(known?.master_key, user, 'master')
    const signer = crossSigning.key(by, 'user_signing_key')
    if (master === undefined || master.publicKey !== id) throw notFound('there is no such key')
    if (signer === undefined) throw notFound('there is no key to sign with')
    checkSigned(master.json, json, by, signer)
    const signature = signatureOf(json, by, signer.keyId) ?? ''
    crossSigning.attest(by, user, master.keyId, { [signer.keyId]: signature })
    changes.markFor(by, user)
  }

  async #keysOf(user: string): Promise<CrossSigningKeys | undefined> {
    const { name, crossSigning, remoteDevices } = this.#sources
    if (serverNameOf(user) === name) return crossSigning.of(user)
    if (!isUserId(user)) return undefined
    return (remoteDevices.known(user) ?? (await remoteDevices.fetch(user)))?.keys
  }
}

/** M_INVALID_SIGNATURE where the object is not the one that is known, or the signature is not good. */
function checkSigned(
  known: JsonObject,
  json: JsonObject,
  by: string,
  key: Pick<CrossSigningKey, 'keyId' | 'publicKey'>,
): void {
  if (!isSameObject(known, json))
    throw new MatrixError(400, 'M_INVALID_SIGNATURE', 'what is signed is not what is known here')
  if (!isSignedBy(json, by, key))
    throw new MatrixError(400, 'M_INVALID_SIGNATURE', 'the signature is not good')
}
