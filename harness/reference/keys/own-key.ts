import { SigningKey } from '../../matrix/signing-key.ts'
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'

/** How a server knows itself again. `seed`: base64. */
type Own = { readonly name: string; readonly version: string; readonly seed: string }

/**
 * The key with which the server of that name signs: the one it had before, else `wanted`, else a new one.
 * @throws StoreError `owner` where the store is another server's, or belongs to another key than the wanted
 */
export function ownKey(store: Store, name: string, wanted?: SigningKey): SigningKey {
  const table = store.table<Own>('own')
  const known = table.get('key')
  if (known === undefined) {
    const key = wanted ?? SigningKey.generate()
    const version = key.keyId.slice('ed25519:'.length)
    table.set('key', { name, version, seed: Buffer.from(key.seed).toString('base64') })
    return key
  }
  if (known.name !== name)
    throw new StoreError('owner', `the data is of the server ${known.name}, not of ${name}`)
  const key = SigningKey.fromSeed(Buffer.from(known.seed, 'base64'), known.version)
  if (wanted !== undefined && wanted.publicKey !== key.publicKey)
    throw new StoreError('owner', `the data is of ${name} with another signing key`)
  return key
}
