import type { CheckResult, Finding, RunResult } from '../../harness/results/outcome.ts'
import { entryFor } from '../../harness/results/baseline.ts'
import { chapterName, chapterOf, type Status, statuses } from '../chapters.ts'
import { type Demand, type Failure, printable } from '../failure.ts'
import { count, duration, seconds } from '../words.ts'
import { html, type Content, type Markup } from './markup.ts'
import { changeWords, checkTags, clauseLink, levelTag } from './marks.ts'
import { ranges, type Story } from './story.ts'

export interface CheckContext {
  readonly result: RunResult
  readonly story: Story
  readonly failure: Failure
  /** Number of the packed dossier. */
  readonly pack: number
  /** The check before and after among those that did not pass. */
  readonly neighbours: {
    readonly place: number
    readonly of: number
    readonly before?: string
    readonly after?: string
  }
}

/** The page of one check: what it demands, how it ended, and a place where its evidence is unpacked. */
export const checkPage = (check: CheckResult, context: CheckContext): Markup => {
  const { failure, story } = context
  const told = check.outcome.status !== 'passed' && check.outcome.status !== 'skipped'
  return html`<section class="page check${told && ' told'}" id="check/${check.id}">
<p class="crumb"><span><a href="#overview">Overview</a> › <a href="#chapter/${chapterOf(check.id)}">${chapterName(chapterOf(check.id))}</a></span>${neighbourLinks(context)}</p>
<h1>${check.title}</h1>
<div class="tags">${checkTags(check)} <code class="dim">${check.id}</code></div>
<div class="two"><dl class="block">${block(check, failure, context)}</dl>
<aside aria-label="Facts of this check"><table class="dense"><tbody>${factRows(check, context)}</tbody></table></aside></div>
${dossierPlace(context.pack, story)}
</section>`
}

/** Where the packed evidence goes when it is asked for. */
export const dossierPlace = (pack: number, { exchanges, facts }: Story): Markup =>
  facts.length === 0
    ? html`<p class="small dim dossier-none">The journal holds no exchange of this check’s own.</p>`
    : html`<div class="dossier" data-pack="${pack}" data-exchanges="${ranges(exchanges.map(({ id }) => id))}"><p class="small dim">${count(exchanges.length, 'exchange')}, packed; this page’s script unpacks them here.</p></div>`

const neighbourLinks = ({ neighbours }: CheckContext): Content => {
  const { place, of, before, after } = neighbours
  if (place === 0) return undefined
  return html`<span>${place} of ${of} that did not pass${before !== undefined && html` · <a href="#check/${before}" rel="prev">previous</a>`}${after !== undefined && html` · <a href="#check/${after}" rel="next">next</a>`}</span>`
}

const entry = (name: string, content: Content, kind?: string): Content =>
  html`<dt>${name}</dt><dd${kind !== undefined && html` class="${kind}"`}>${content}</dd>`

const block = (check: CheckResult, failure: Failure, { result, story }: CheckContext): Content => {
  const { status } = check.outcome
  return [
    entry(
      failure.requires.length > 1 ? 'Requirements' : 'Requirement',
      failure.requires.map((demand) => demandView(demand, result.specification)),
    ),
    failure.inShort !== undefined && entry('In short', text(failure.inShort)),
    failure.expected !== undefined && entry('Expected', text(failure.expected)),
    status !== 'passed' &&
      entry(messageLabels[status], text(failure.actual ?? failure.message), `actual ${status}`),
    failure.reasons.length > 0 &&
      entry(
        'Why',
        html`<ol class="why">${failure.reasons.map((reason) => html`<li>${text(reason)}</li>`)}</ol>`,
      ),
    failure.evidence.length > 0 && entry('Evidence', failure.evidence.map(witnessView)),
    stack(check),
    ruleFindings(check, result.findings),
    story.findings.size > 0 && entry('Also seen', alsoSeen(story)),
    check.change !== undefined &&
      entry('Baseline', [
        changeWords[check.change],
        check.reason !== undefined && `: ${printable(check.reason)}`,
      ]),
    entry('Again', [
      commandView(failure.again, 'Copy the command that runs this check'),
      baselineEntry(check),
    ]),
  ]
}

const messageLabels = {
  failed: 'Actual',
  skipped: 'Skipped',
  inconclusive: 'Unclear',
  errored: 'Harness',
} as const

const text = (content: string): Markup => html`<span class="says">${content}</span>`

const demandView = (demand: Demand, specification: string): Markup =>
  html`<div class="demand"><a href="#${demand.id}"><code>${demand.id}</code></a> ${demand.level !== undefined && levelTag(demand.level)} ${demand.wording}${demand.clause !== undefined && html`<div class="small">${clauseLink(demand.clause, specification)}</div>`}</div>`

const witnessView = ({ exchange, text: line }: Failure['evidence'][number]): Markup =>
  html`<div><a href="#exchange/${exchange}">Exchange ${exchange}</a>: <code>${line}</code></div>`

const stack = ({ outcome }: CheckResult): Content =>
  outcome.status === 'errored' &&
  outcome.error.stack !== undefined &&
  entry('Stack', html`<pre class="term">${printable(outcome.error.stack)}</pre>`)

const mostFindings = 50

/** An ambient check has no story of its own: its findings lie in the exchanges of others. */
const ruleFindings = ({ id }: CheckResult, findings: readonly Finding[]): Content => {
  const mine = findings.filter(({ rule }) => rule === id)
  if (mine.length === 0) return undefined
  const more = mine.length - mostFindings
  return entry(
    'Findings',
    html`<ol class="small">${mine.slice(0, mostFindings).map(findingItem)}</ol>${more > 0 && html`<p class="cutoff">And ${count(more, 'more finding', 'more')}, in run.json.</p>`}`,
  )
}

const findingItem = ({ exchange, operation, part, pointer, expected, actual }: Finding): Markup =>
  html`<li><a href="#exchange/${exchange}">Exchange ${exchange}</a>, ${part} of ${operation}${pointer !== '' && html` at <code>${pointer}</code>`}: expected ${printable(expected)}, got ${printable(actual)}</li>`

/** Findings go to the requirement of the endpoint, so they are no part of this check's outcome. */
const alsoSeen = ({ findings }: Story): Content => {
  const byRequirement = new Map<string, Finding[]>()
  for (const finding of [...findings.values()].flat()) {
    const list = byRequirement.get(finding.requirement) ?? []
    byRequirement.set(finding.requirement, [...list, finding])
  }
  return [...byRequirement].slice(0, 20).map(([requirement, list]) => {
    const [first] = list
    return html`<div><a href="#${requirement}"><code>${requirement}</code></a> ${count(list.length, 'finding')}${first && html`, first in <a href="#exchange/${first.exchange}">exchange ${first.exchange}</a>`}</div>`
  })
}

export const commandView = (command: string, label: string): Markup =>
  html`<div class="cmd"><code>${command}</code><button type="button" data-copy aria-label="${label}">Copy</button></div>`

const baselineEntry = (check: CheckResult): Content => {
  const { outcome, change } = check
  if (outcome.status !== 'failed' || change === 'known' || change === 'flaky') return undefined
  const line = JSON.stringify(entryFor(check, ''))
  return html`<details class="noprint"><summary>Accept it for now: a baseline entry ready to paste</summary><pre class="term">${printable(line)}</pre><p class="small dim">It is refused until the reason is filled in.</p></details>`
}

/** `fails in 2 of 5`. */
const repeatWords = (repeats: readonly Status[]): string =>
  statuses
    .filter((status) => repeats.includes(status))
    .map((status) => `${status} in ${repeats.filter((one) => one === status).length}`)
    .join(', ') + ` of ${repeats.length}`

const factRows = (check: CheckResult, { result, story }: CheckContext): Content => {
  const variant = /\[(.*)\]$/.exec(check.id)?.[1]?.split(',') ?? []
  const seat = variant.find((part) => /^hs\d$/.test(part))
  const version = variant.find((part) => /^v\w/.test(part))
  const rows: [string, Content][] = [
    ['Scenario', html`<code>${check.scenario}</code>`],
    ...(version === undefined ? [] : [['Room version', version.slice(1)] as [string, string]]),
    ...(seat === undefined ? [] : [['Seat', `the target is ${seat}`] as [string, string]]),
    ['Target', `${result.target.name} ${result.target.version}`],
    ['Started', `${seconds(check.startedAt)} s into the run`],
    ['Took', duration(check.durationMs)],
    ...(check.repeats === undefined
      ? []
      : [['Repeated', repeatWords(check.repeats)] as [string, string]]),
    ['Exchanges', story.exchanges.length],
  ]
  return rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)
}
