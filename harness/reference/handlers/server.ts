import { integerAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { invalidParam, MatrixError } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Handler, missing, ok, param } from './handler.ts'

/** Servers in one query, and those of them that are asked at the same time. */
const maxServers = 100
const atOnce = 20

export const version: Handler = () =>
  ok({ server: { name: 'fedcheck reference', version: '0.1.0' } })

/** server-server-api#get_matrixkeyv2server */
export const serverKeys: Handler = ({ keychain }) => ok(keychain.document())

/** server-server-api#get_matrixkeyv2queryservername; the path may name a key, as it did before v1.6. */
export const queryKeys: Handler = async (services, inbound) => {
  const until = inbound.query['minimum_valid_until_ts']?.[0]
  if (until !== undefined && !/^\d{1,15}$/.test(until))
    throw invalidParam('minimum_valid_until_ts is no time')
  const { keyId } = inbound.params
  const wanted = {
    server: param(inbound, 'serverName'),
    until: until === undefined ? services.clock() : Number(until),
    keyIds: keyId === undefined ? [] : [keyId],
  }
  return ok({ server_keys: await vouchedFor(services, wanted) })
}

/** server-server-api#post_matrixkeyv2query */
export const queryKeysBatch: Handler = async (services, inbound) => {
  const { server_keys: asked } = inbound.body
  if (asked === undefined) throw missing('server_keys')
  if (!isObject(asked)) throw badJson('server_keys is no object')
  const entries = Object.entries(asked)
  if (entries.length > maxServers)
    throw new MatrixError(413, 'M_TOO_LARGE', `at most ${maxServers} servers can be asked about`)
  const wanted = entries.map(([server, criteria]) => {
    if (!isObject(criteria)) throw badJson(`the criteria for ${server} are no object`)
    const times = Object.values(criteria).map((one) => integerAt(one, 'minimum_valid_until_ts'))
    const until = Math.max(...times.map((time) => time ?? services.clock()), 0)
    const keyIds = Object.keys(criteria)
    return { server, until: keyIds.length === 0 ? services.clock() : until, keyIds }
  })
  const documents: JsonObject[] = []
  for (let start = 0; start < wanted.length; start += atOnce) {
    const some = wanted.slice(start, start + atOnce)
    const found = await Promise.all(some.map((one) => vouchedFor(services, one)))
    documents.push(...found.flat())
  }
  return ok({ server_keys: documents })
}

interface Wanted {
  readonly server: string
  readonly until: number
  readonly keyIds: readonly string[]
}

/** As a notary: what a server has published, with this server's signature too; nothing where it cannot be had. */
async function vouchedFor(
  { name, keys, keychain }: Services,
  { server, until, keyIds }: Wanted,
): Promise<readonly JsonObject[]> {
  if (server === name) return [keychain.document()]
  const document = await keys.current(server, until, keyIds)
  return document === undefined ? [] : [signJson(document.json, name, keychain.key)]
}

const badJson = (message: string): MatrixError => new MatrixError(400, 'M_BAD_JSON', message)
