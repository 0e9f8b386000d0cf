import { stringAt } from '../../matrix/content.ts'
import { isServerName } from '../../matrix/identifiers.ts'
import { isObject, JsonError, parseJson } from '../../matrix/json.ts'
import type { PartialAnswer } from '../../wire/answer.ts'
import { partsOf } from '../../wire/destination.ts'
import { GetError } from '../../wire/https-get.ts'

/** Why there is no delegation, in words; never thrown further than the cache. */
export class NoDelegation extends Error {
  override readonly name = 'NoDelegation'
  readonly code = 'no-delegation'
}

export interface Delegation {
  /** The delegated server name. */
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
}

/** Gets one page, and throws GetError for none. */
export type GetPage = (url: URL) => Promise<PartialAnswer>

const redirects = new Set([301, 302, 303, 307, 308])
/** Redirects that are followed for one answer. */
const hops = 5
const bounds = { maxDepth: 20, maxValues: 1_000 } as const

/** Reads who stands in for a host (server-server-api#getwell-knownmatrixserver). Throws NoDelegation, whatever is wrong. */
export async function readWellKnown(page: string, get: GetPage): Promise<Delegation> {
  const seen = new Set<string>()
  for (let url = pageAt(page); ; ) {
    if (seen.has(url.href)) throw new NoDelegation(`${page} redirects in a circle`)
    if (seen.size > hops) throw new NoDelegation(`${page} redirects more than ${hops} times`)
    seen.add(url.href)
    const answer = await got(url, get)
    if (!redirects.has(answer.status)) return delegationIn(answer, url)
    url = redirected(answer, url)
  }
}

/** Refuses what is another address than it looks like: `0x7f.1` would be 127.0.0.1. */
function pageAt(page: string): URL {
  const url = URL.canParse(page) ? new URL(page) : undefined
  if (url === undefined || !page.toLowerCase().startsWith(`https://${url.hostname}`))
    throw new NoDelegation(`${page} is no address`)
  return url
}

async function got(url: URL, get: GetPage): Promise<PartialAnswer> {
  try {
    return await get(url)
  } catch (error) {
    if (error instanceof GetError) throw new NoDelegation(error.message)
    throw error
  }
}

function redirected({ headers }: PartialAnswer, from: URL): URL {
  const { location = '' } = headers
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (location === '' || to?.protocol !== 'https:')
    throw new NoDelegation(`${from.href} redirects to what is no page by HTTPS`)
  to.hash = ''
  to.username = ''
  to.password = ''
  return to
}

function delegationIn({ status, headers, bytes }: PartialAnswer, url: URL): Delegation {
  if (status !== 200) throw new NoDelegation(`${url.href} answers ${status}`)
  const server = stringAt(jsonIn(bytes, url), 'm.server')
  // Its own port is checked too: a server name may have five digits of any value.
  if (server === undefined || !isServerName(server) || partsOf(server) === undefined)
    throw new NoDelegation(`${url.href} names no server`)
  return { server, headers }
}

function jsonIn(bytes: Uint8Array, url: URL) {
  try {
    const json = parseJson(bytes, bounds)
    if (isObject(json)) return json
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
  }
  throw new NoDelegation(`${url.href} is no JSON object`)
}
