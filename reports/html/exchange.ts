import type { Body, Exchange } from '../../harness/journal/exchange.ts'
import type { Finding } from '../../harness/results/outcome.ts'
import { fateOf, shortUri } from '../failure.ts'
import { redactHeader, redactText } from '../redact.ts'
import { count, duration, seconds } from '../words.ts'
import { bodyView } from './body.ts'
import { html, type Content, type Markup } from './markup.ts'

export interface ExchangeContext {
  /** Short names of servers: `target`, `peer 2`. */
  readonly nameOf: (server: string) => string
  readonly findings: readonly Finding[]
  /** Whether a failure names it as evidence. */
  readonly offending: boolean
  /** Bytes of each body to show. */
  readonly limit: number
}

/** Request and answer of one exchange, folded until asked for unless it is the offending one. */
export const exchangeView = (exchange: Exchange, context: ExchangeContext): Markup => {
  const { nameOf, findings, offending } = context
  const { id, from, to, method, uri } = exchange
  const fate = fateOf(exchange)
  return html`<details class="ex" id="exchange/${id}"${offending && html` open`}>
<summary><span class="no">${id}</span> <span>${nameOf(from)} → ${nameOf(to)}</span> <code>${method} ${shortUri(uri)}</code> <b>${fate}</b>${marks(exchange, context)}</summary>
<div class="body"><p class="small dim">${facts(exchange)}</p>
<p class="uri"><code>${method} ${redactText(uri)}</code></p>
<div class="pair"><div role="group" aria-label="Request of exchange ${id}"><h3>Request, ${nameOf(from)}${fullName(from, nameOf)}</h3>${message(
    exchange.request,
    context.limit,
    findings.filter(({ part }) => part === 'request'),
  )}</div><div role="group" aria-label="Answer of exchange ${id}"><h3>Answer, ${nameOf(to)}${fullName(to, nameOf)}</h3>${answer(exchange, context)}</div></div></div></details>`
}

const fullName = (server: string, nameOf: (server: string) => string): Content =>
  nameOf(server) !== server && html` <span class="dim">${server}</span>`

const marks = (exchange: Exchange, { findings, offending }: ExchangeContext): Content => [
  offending && html` <span class="mark fail">offending</span>`,
  findings.length > 0 && html` <span class="mark warn">${count(findings.length, 'finding')}</span>`,
  exchange.deliberate === true && html` <span class="tag plain">on purpose</span>`,
  exchange.fault !== undefined && html` <span class="tag dash">${exchange.fault}</span>`,
]

const facts = (exchange: Exchange): Content => {
  const { startedAt, endedAt, seenBy, operation, ending, error, fault, deliberate } = exchange
  return [
    `At ${seconds(startedAt)} s, took ${duration(endedAt - startedAt)}; recorded by the ${seenBy}.`,
    operation !== undefined && ` Operation ${operation}.`,
    ending !== 'answered' &&
      ` Ended as ${ending}${error === undefined ? '' : `: ${redactText(error)}`}.`,
    fault !== undefined && ` The fabric’s rule ${fault} acted on it.`,
    deliberate === true && ' Breaks a rule on purpose, so it is not held against the harness.',
  ]
}

const answer = (exchange: Exchange, context: ExchangeContext): Content => {
  const { response, ending } = exchange
  if (response === undefined) return html`<p class="small dim">No answer (${ending}).</p>`
  return [
    html`<p class="hdr">${response.status}</p>`,
    message(
      response,
      context.limit,
      context.findings.filter(({ part }) => part === 'response'),
    ),
  ]
}

const message = (
  { headers, body }: { headers: Readonly<Record<string, string>>; body: Body },
  limit: number,
  findings: readonly Finding[],
): Content => [
  Object.entries(headers).map(
    ([name, value]) => html`<p class="hdr"><b>${name}:</b> ${redactHeader(name, value)}</p>`,
  ),
  bodyView(body, limit, findings),
]
