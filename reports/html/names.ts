import type { Exchange, Fact } from '../../harness/journal/exchange.ts'
import type { TargetInfo } from '../../harness/results/outcome.ts'

/** Short names for the servers of one check, in order of their first appearance. */
export interface Cast {
  readonly servers: readonly string[]
  readonly nameOf: (server: string) => string
  readonly isTarget: (server: string) => boolean
}

/** A target is called `target`, other servers `peer`, `peer 2` …; what is no server name keeps its own. */
export const castOf = (facts: readonly Fact[], targets: readonly TargetInfo[]): Cast => {
  const targetNames = new Set(targets.map(({ serverName }) => serverName))
  const names = new Map<string, string>()
  const used = new Map<string, number>()
  const meet = (server: string) => {
    if (names.has(server)) return
    const role = roleOf(server, targetNames)
    const place = (used.get(role) ?? 0) + 1
    used.set(role, place)
    names.set(server, place === 1 ? role : `${role} ${place}`)
  }
  for (const fact of facts) {
    if (fact.kind === 'exchange') [fact.from, fact.to].forEach(meet)
    if (fact.kind === 'fabric') fact.links.flat().forEach(meet)
  }
  return {
    servers: [...names.keys()],
    nameOf: (server) => names.get(server) ?? server,
    isTarget: (server) => targetNames.has(server),
  }
}

const roleOf = (server: string, targets: ReadonlySet<string>): string => {
  if (targets.has(server)) return 'target'
  if (server === '?') return 'unknown'
  return /[.:]/.test(server) ? 'peer' : server
}

const biggestNamed = 256 * 1024

/** What an exchange carries, by its number: `send topic-a`, `send 3 PDUs`, `stateIds`. Events are named by type and author. */
export const labelsOf = (exchanges: readonly Exchange[]): ReadonlyMap<number, string> => {
  const names = new EventNames()
  return new Map(exchanges.map((exchange) => [exchange.id, labelOf(exchange, names)]))
}

const labelOf = (exchange: Exchange, names: EventNames): string => {
  const what = exchange.operation ?? pathWord(exchange)
  if (exchange.operation !== 'send') return what
  const content = jsonOf(exchange)
  const pdus = listIn(content, 'pdus')
  const edus = listIn(content, 'edus')
  // All are named, so that a name does not depend on how many travelled together.
  const called = pdus.map((pdu) => names.nameOf(pdu))
  if (called.length === 1) return `${what} ${called[0]}`
  if (called.length > 1) return `${what} ${called.length} PDUs`
  if (edus.length === 1) return `${what} ${lastWord(textIn(edus[0], 'edu_type') ?? 'EDU')}`
  if (edus.length > 1) return `${what} ${edus.length} EDUs`
  return content === undefined ? what : `${what} empty`
}

const pathWord = ({ method, uri }: Exchange): string => {
  const words = (uri.split('?', 1)[0] ?? '')
    .split('/')
    .filter((part) => /^[a-z_]{3,20}$/.test(part))
  return `${method} ${words.at(-1) ?? uri.slice(0, 20)}`
}

const jsonOf = ({ request }: Exchange): unknown => {
  if (request.body.truncated || request.body.length > biggestNamed) return undefined
  try {
    return JSON.parse(Buffer.from(request.body.bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const listIn = (value: unknown, name: string): readonly unknown[] => {
  const list = fieldOf(value, name)
  return Array.isArray(list) ? list : []
}

const textIn = (value: unknown, name: string): string | undefined => {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : undefined
}

const lastWord = (type: string): string => type.split('.').at(-1)?.slice(0, 24) ?? type

/** `topic-a` is the first topic by alice, `topic-a2` her second. The same event has the same name wherever it goes. */
class EventNames {
  #byHash = new Map<string, string>()
  #used = new Map<string, number>()

  nameOf(pdu: unknown): string {
    const hash = textIn(fieldOf(pdu, 'hashes'), 'sha256') ?? JSON.stringify(pdu)
    const known = this.#byHash.get(hash)
    if (known !== undefined) return known
    const author = textIn(pdu, 'sender')?.charAt(1) ?? '?'
    const stem = `${this.#deed(pdu)}-${author}`
    const place = (this.#used.get(stem) ?? 0) + 1
    this.#used.set(stem, place)
    const name = place === 1 ? stem : `${stem}${place}`
    this.#byHash.set(hash, name)
    return name
  }

  #deed(pdu: unknown): string {
    const type = textIn(pdu, 'type') ?? 'event'
    const membership = textIn(fieldOf(pdu, 'content'), 'membership')
    return lastWord(type === 'm.room.member' && membership !== undefined ? membership : type)
  }
}
