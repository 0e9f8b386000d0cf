import type { Body } from '../../harness/journal/exchange.ts'
import type { Finding } from '../../harness/results/outcome.ts'
import { redacted, redactText } from '../redact.ts'
import { count, thousands } from '../words.ts'
import { html, type Content, type Markup } from './markup.ts'
import { type Line, type Piece, reindent } from './reindent.ts'

/** One body as a reader wants it: JSON on lines, other text as it is, bytes in hexadecimal; cut only with a word that says so. */
export const bodyView = (body: Body, limit: number, findings: readonly Finding[]): Markup => {
  if (body.length === 0) return html`<p class="small dim">No body.</p>`
  const bytes = body.bytes.subarray(0, limit)
  const text = decoded(bytes, bytes.length === body.length)
  const notice = cutNotice(body, bytes.length)
  if (text === undefined) return html`${hexView(bytes, body.length)}${notice}`
  const lines = reindent(text)
  if (lines === undefined) {
    return html`${pins(findings)}<pre class="json">${redactText(text)}</pre>${notice}`
  }
  const here = (line: Line) => findings.filter(({ pointer }) => pointer === line.pointer)
  const pinned = new Set(lines.flatMap((line) => (line.pointer === '' ? [] : here(line))))
  return html`${pins(findings.filter((finding) => !pinned.has(finding)))}<pre class="json">${lines.map(
    (line) => lineView(line, line.pointer === '' ? [] : here(line)),
  )}</pre>${notice}`
}

/** Undefined for bytes that are no UTF-8. A character that the limit cuts in two is left out. */
const decoded = (bytes: Uint8Array, whole: boolean): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: !whole,
    })
  } catch {
    return undefined
  }
}

const cutNotice = (body: Body, shown: number): Content => {
  if (shown >= body.length) return undefined
  const kept = body.bytes.length
  const rest =
    kept < body.length
      ? `The journal holds the first ${thousands(kept)}.`
      : 'The whole body is in events.ndjson.'
  return html`<p class="cutoff">Cut here: ${thousands(shown)} of ${count(body.length, 'byte')} shown. ${rest}</p>`
}

const hexBytes = 256

const hexView = (bytes: Uint8Array, length: number): Markup => {
  const shown = Buffer.from(bytes.subarray(0, hexBytes))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ')
  const rest = length > hexBytes ? `, of which the first ${hexBytes} are shown` : ''
  return html`<p class="small dim">${count(length, 'byte')} that are no UTF-8 text${rest}.</p><pre class="json">${shown}</pre>`
}

const lineView = (line: Line, findings: readonly Finding[]): Content => {
  const text = html`${'  '.repeat(Math.min(line.indent, 24))}${line.pieces.map(pieceView)}`
  if (findings.length === 0) return html`${text}\n`
  return html`<mark class="flag">${text}</mark>${pins(findings)}`
}

const pieceView = ({ text, secret }: Piece): Content =>
  secret === undefined
    ? redactText(text)
    : html`<span class="redact">${redacted(secret, text.replace(/^"|"$/g, '').length)}</span>`

/** What the validators found, each with the place in the body that it is about. */
const pins = (findings: readonly Finding[]): Content =>
  findings.map(
    ({ pointer, expected, actual, requirement }) =>
      html`<span class="pin">${pointer === '' ? '' : html`<code>${pointer}</code> `}expected ${redactText(expected)}, got ${redactText(actual)}. <a href="#${requirement}"><code>${requirement}</code></a></span>`,
  )
