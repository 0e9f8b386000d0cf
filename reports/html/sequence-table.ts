import type { Exchange, FabricFact, Fact } from '../../harness/journal/exchange.ts'
import type { Finding } from '../../harness/results/outcome.ts'
import { fateOf, shortUri } from '../failure.ts'
import { redactText } from '../redact.ts'
import { count, seconds } from '../words.ts'
import { html, type Content, type Markup } from './markup.ts'
import type { Cast } from './names.ts'
import { timeOf } from './sequence.ts'
import { faultWords } from './sequence-picture.ts'

export interface TableContext {
  readonly cast: Cast
  readonly labels: ReadonlyMap<number, string>
  readonly offending: ReadonlySet<number>
  readonly findings: ReadonlyMap<number, readonly Finding[]>
}

/** The picture's twin: every exchange and every change of the network, nothing folded. */
export const tableOf = (facts: readonly Fact[], context: TableContext): Markup => {
  const rows = facts
    .filter((fact) => fact.kind !== 'note')
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .map((fact) => (fact.kind === 'fabric' ? tickRow(fact, context) : exchangeRow(fact, context)))
  return html`<table class="dense stack"><thead><tr><th scope="col">No.</th><th scope="col">Time, s</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Request</th><th scope="col">Fate</th><th scope="col">Note</th></tr></thead><tbody>${rows}</tbody></table>`
}

const tickRow = (fact: FabricFact, { cast }: TableContext): Markup =>
  html`<tr class="cutrow"><td></td><td>${seconds(fact.at)}</td><td colspan="5">${faultWords(fact, cast)}</td></tr>`

const exchangeRow = (exchange: Exchange, context: TableContext): Markup => {
  const { id, from, to, method, uri } = exchange
  const { cast, labels, offending } = context
  const hit = offending.has(id) && html` class="hit"`
  return html`<tr id="row/${id}"${hit}><th scope="row"><a href="#exchange/${id}">${id}</a></th><td>${seconds(exchange.startedAt)}</td><td>${cast.nameOf(from)}</td><td>${cast.nameOf(to)}</td><td>${labels.get(id)} <code class="dim">${method} ${shortUri(uri)}</code></td><td>${fateOf(exchange)}</td><td>${notes(exchange, context)}</td></tr>`
}

const notes = (exchange: Exchange, { offending, findings }: TableContext): Content => {
  const found = findings.get(exchange.id)?.length ?? 0
  const all = [
    offending.has(exchange.id) && html`<strong class="bad">Offending.</strong>`,
    exchange.error !== undefined && redactText(exchange.error),
    exchange.fault !== undefined && `rule ${exchange.fault}`,
    exchange.deliberate === true && 'breaks a rule on purpose',
    found > 0 && html`<span class="warn">${count(found, 'finding')}</span>`,
  ].filter((note) => note !== undefined && note !== false)
  return all.flatMap((note, i) => (i === 0 ? [note] : ['; ', note]))
}
