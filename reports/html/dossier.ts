import type { Exchange, Fact, Note } from '../../harness/journal/exchange.ts'
import type { TargetInfo } from '../../harness/results/outcome.ts'
import { printable } from '../failure.ts'
import { count, seconds, thousands } from '../words.ts'
import { exchangeView } from './exchange.ts'
import { html, type Content, type Markup } from './markup.ts'
import { type Cast, castOf, labelsOf } from './names.ts'
import { pictureOf } from './sequence-picture.ts'
import { tableOf } from './sequence-table.ts'
import { laneOrder, sequenceOf, windowOf } from './sequence.ts'
import type { Story } from './story.ts'

const kibibyte = 1024
/** What is shown of a body where nothing is wrong. */
const quietLimit = 2 * kibibyte
/** Exchanges and log lines of one check that a page can bear. */
const mostExchanges = 2000
const mostNotes = 2000
const windowRows = 220

/** Bytes of bodies that may be shown whole. Evidence asks first; whoever comes too late is cut like a passed check. */
export class BodyBudget {
  #left: number

  constructor(bytes = 64 * kibibyte * kibibyte) {
    this.#left = bytes
  }

  /** Bytes of each body of this exchange that may be shown. */
  limitFor(exchange: Exchange, whole: boolean): number {
    const size = exchange.request.body.bytes.length + (exchange.response?.body.bytes.length ?? 0)
    if (!whole || size > this.#left) return quietLimit
    this.#left -= size
    return Infinity
  }
}

/** The evidence of one check: sequence, exchanges and log, as the page inflates it when asked. */
export const dossierOf = (
  id: string,
  story: Story,
  targets: readonly TargetInfo[],
  budget: BodyBudget,
): Markup => {
  const cast = castOf(story.facts, targets)
  const notes = story.facts.filter((fact) => fact.kind === 'note')
  const panes = [
    { id: `${id}/sequence`, name: 'Sequence', view: sequencePane(story, cast) },
    {
      id: `${id}/exchanges`,
      name: html`Exchanges <small>${thousands(story.exchanges.length)}</small>`,
      view: exchangesPane(story, cast, budget),
    },
    {
      id: `${id}/log`,
      name: html`Log <small>${count(notes.length, 'line')}</small>`,
      view: logPane(notes),
    },
  ]
  return html`<nav class="tabs" aria-label="Evidence of this check">${panes.map(
    (pane) => html`<a href="#${pane.id}">${pane.name}</a>`,
  )}</nav>${panes.map((pane) => html`<section class="pane" id="${pane.id}">${pane.view}</section>`)}`
}

const sequencePane = (story: Story, cast: Cast): Content => {
  if (story.exchanges.length === 0) return html`<p>No exchange was recorded.</p>`
  const { findings, offending } = story
  const exchanges = bounded(story)
  const kept = new Set<Fact>(exchanges)
  const facts = story.facts.filter((fact) => fact.kind !== 'exchange' || kept.has(fact))
  const labels = labelsOf(exchanges)
  const sequence = sequenceOf(facts, offending)
  const { from, to } = windowOf(sequence, offending, windowRows)
  const ordered = { ...cast, servers: laneOrder(cast.servers, sequence.bands) }
  const context = { cast: ordered, labels, offending }
  const rest = sequence.rows.length - (to - from)
  return html`<h2>Who sent what to whom</h2>
<p class="small dim">Time runs down; rows are evenly spaced, seconds at the left. Point at an arrow, or tab into the picture and use the arrow keys; Enter opens the exchange.${sequence.folded > 0 && ` ${count(sequence.folded, 'exchange')} equal to the one before ${sequence.folded === 1 ? 'is' : 'are'} folded into it.`}</p>${leftOut(story, exchanges)}
<div class="pic">${pictureOf(sequence, { ...context, from, to })}<aside class="peek" aria-label="The arrow pointed at" hidden><h3></h3><dl></dl></aside></div>
${legend}
${rest > 0 && html`<details><summary>The whole picture: ${count(rest, 'further row')} around this one</summary><div class="pic whole">${pictureOf(sequence, { ...context, from: 0, to: sequence.rows.length })}</div></details>`}
<details class="twin"><summary>The same as a table</summary>${tableOf(facts, { ...context, findings })}</details>`
}

const legend = html`<p class="legend" aria-hidden="true"><span><svg><line x1="0" x2="34" y1="8" y2="8" class="l"/></svg>answered</span><span><svg><line x1="0" x2="26" y1="8" y2="8" class="l part"/><path class="cross" d="M23 4l8 8m-8 0 8-8"/></svg>not answered</span><span><svg><line x1="0" x2="34" y1="8" y2="8" class="l held"/></svg>under a fault</span><span><svg><line x1="0" x2="34" y1="8" y2="8" class="l bad"/></svg>offending</span><span><svg><rect class="band" x="1" y="1" width="32" height="14"/></svg>link cut or faulty</span></p>`

/** The exchanges that are shown: all evidence and findings, and as many as a page can bear up to the first of them and a little after. */
const bounded = ({ exchanges, offending, findings }: Story): readonly Exchange[] => {
  if (exchanges.length <= mostExchanges) return exchanges
  const tells = ({ id }: Exchange) => offending.has(id) || findings.has(id)
  const witness = exchanges.findIndex(tells)
  const from = Math.max(
    0,
    Math.min(exchanges.length - mostExchanges, witness - Math.floor(mostExchanges * 0.75)),
  )
  return exchanges.filter(
    (exchange, place) => (place >= from && place < from + mostExchanges) || tells(exchange),
  )
}

const leftOut = ({ exchanges }: Story, shown: readonly Exchange[]): Content =>
  shown.length < exchanges.length &&
  html`<p class="cutoff">Left out here: ${thousands(exchanges.length - shown.length)} of ${count(exchanges.length, 'exchange')}, none of them evidence and none with a finding. events.ndjson holds them all.</p>`

const exchangesPane = (story: Story, cast: Cast, budget: BodyBudget): Content => {
  const { check, findings, offending } = story
  if (story.exchanges.length === 0) return html`<p>No exchange was recorded.</p>`
  const quiet = check === undefined || check.outcome.status === 'passed'
  const all = bounded(story)
  const isEvidence = ({ id }: Exchange) => offending.has(id)
  const sorted = [...all.filter(isEvidence), ...all.filter((exchange) => !isEvidence(exchange))]
  return html`<h2>Exchanges</h2><p class="small dim">${offending.size > 0 && 'The offending ones first, then by time. '}JSON is set out on lines; its tokens are as they were sent, secrets blacked out.${quiet && ` Nothing failed here, so bodies are cut after ${thousands(quietLimit)} bytes.`}</p>${leftOut(story, all)}${sorted.map(
    (exchange) =>
      exchangeView(exchange, {
        nameOf: cast.nameOf,
        findings: findings.get(exchange.id) ?? [],
        offending: isEvidence(exchange),
        limit: budget.limitFor(exchange, !quiet || findings.has(exchange.id)),
      }),
  )}`
}

const logPane = (notes: readonly Note[]): Content => {
  if (notes.length === 0) return html`<p>Nothing was noted.</p>`
  const last = notes.slice(-mostNotes)
  return html`<h2>Log</h2>${last.length < notes.length && html`<p class="cutoff">The last ${thousands(mostNotes)} of ${count(notes.length, 'line')}.</p>`}<ol class="log">${last.map(({ at, text }) => html`<li><span class="dim">${seconds(at)}</span> ${printable(text)}</li>`)}</ol>`
}
