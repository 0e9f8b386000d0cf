import type { Exchange, Fact } from '../../journal/exchange.ts'

/** One line of a server's log: no bodies, no headers, no queries, so no keys and no tokens. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly server: string
  readonly level: 'info' | 'error'
  readonly kind: 'exchange' | 'note' | 'fabric' | 'fault'
  readonly [detail: string]: string | number
}

/** Characters of one detail. */
const longest = 400

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

/** `time`: milliseconds since 1970. */
export function entryOf(fact: Fact, server: string, time: number): LogEntry {
  const head = { time: new Date(time).toISOString(), server, level: 'info' as const }
  if (fact.kind === 'note') return { ...head, kind: 'note', text: cut(fact.text) }
  if (fact.kind === 'fabric') return { ...head, kind: 'fabric', rule: fact.rule, act: fact.act }
  return { ...head, kind: 'exchange', ...detailsOf(fact) }
}

function detailsOf(fact: Exchange): Record<string, string | number> {
  const { response, ending, error } = fact
  return {
    ms: Math.round((fact.endedAt - fact.startedAt) * 10) / 10,
    from: cut(fact.from),
    to: cut(fact.to),
    method: cut(fact.method),
    // Without the query, where some clients put their access token.
    path: cut(pathOf(fact.uri)),
    status: response?.status ?? ending,
    ...(error === undefined ? {} : { error: cut(error) }),
  }
}

const pathOf = (uri: string): string => uri.split('?', 1)[0] ?? ''

/** An error of the server itself. */
export function faultEntry(error: unknown, server: string, time: number): LogEntry {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const head = { time: new Date(time).toISOString(), server, level: 'error' as const }
  return { ...head, kind: 'fault', text: text.slice(0, 4_000) }
}

const notPlain = /[\u007f-\uffff]/g

/** One line of JSON in ASCII: what others have chosen cannot steer a terminal. */
export const jsonLine = (entry: LogEntry): string =>
  JSON.stringify(entry).replace(
    notPlain,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** One line for people. */
export function textLine(entry: LogEntry): string {
  const { time, server, level, kind, ...details } = entry
  const clock = time.slice(11, 23)
  if (kind !== 'exchange') {
    const rest = Object.values(details).map((value) => plain(String(value)))
    return `${clock} ${server} ${level === 'error' ? 'ERROR ' : ''}${rest.join(' ')}`
  }
  const { from, to, method, path, status, ms, error } = details
  const way = from === server ? `→ ${to}` : `← ${from}`
  const line = `${clock} ${server} ${way} ${method} ${path} ${status} ${ms} ms`
  return plain(error === undefined ? line : `${line}: ${error}`)
}

/** What is not seen, or steers a terminal, is written as `\u001b`. */
const plain = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
