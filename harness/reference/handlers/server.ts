import { signJson } from '../../matrix/sign-json.ts'
import { ownKeyDocument } from '../keys/key-document.ts'
import type { Services } from '../services.ts'
import { type Handler, ok, param } from './handler.ts'

const day = 24 * 3_600_000

export const version: Handler = () =>
  ok({ server: { name: 'fedcheck reference', version: '0.1.0' } })

export const serverKeys: Handler = (services) => ok(ownKeys(services))

const ownKeys = ({ name, key, clock }: Services) => ownKeyDocument(name, key, clock() + day)

/** As a notary: what this server knows, with its own signature too. */
export const queryKeys: Handler = async (services, inbound) => {
  const { name, key, keys, clock } = services
  const server = param(inbound, 'serverName')
  if (server === name) return ok({ server_keys: [ownKeys(services)] })
  await keys.obtain([{ server, keyId: '', at: clock() }])
  const document = keys.document(server)
  return ok({ server_keys: document === undefined ? [] : [signJson(document.json, name, key)] })
}
