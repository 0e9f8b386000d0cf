import type { CheckResult, RunResult } from '../../harness/results/outcome.ts'
import { type Chapter, chapterOf, chaptersOf, statuses } from '../chapters.ts'
import { printable } from '../failure.ts'
import { renderClosing } from '../console.ts'
import { count, duration, thousands } from '../words.ts'
import { gateView } from './gate.ts'
import { html, joined, type Content, type Markup } from './markup.ts'
import { changes, changeTag, checkTags, statusClass, statusMark } from './marks.ts'

const levels = ['MUST', 'SHOULD', 'MAY', 'implied']

/** The verdict in a sentence, why, what failed, and every check under its chapter. */
export const overviewPage = (result: RunResult): Markup => {
  const { exitCode, because, counts } = result.gate
  return html`<section class="page" id="overview">
<div class="verdict ${exitCode === 0 ? 'good' : ''}">
<p class="facts">${runFacts(result).map((fact) => html`<span>${fact}</span>`)}</p>
<h1>${verdictSentence(exitCode, printable(because))}</h1>
${result.interrupted && html`<p class="lead">The run was ended before its plan was done: what is missing was not tried.</p>`}</div>
<ul class="tally" aria-label="${count(result.checks.length, 'check')} by outcome">${statuses.map(
    (status) =>
      html`<li class="${statusClass[status]}${counts[status] === 0 && ' zero'}"><b>${thousands(counts[status])}</b>${status}</li>`,
  )}<li class="dim"><b>${thousands(result.checks.length)}</b>checks</li></ul>
<div class="two"><aside class="early" aria-label="Gate and baseline">${gateView(result)}<pre class="term">${renderClosing(result)}</pre></aside>
<div>
<form class="find" hidden data-filter="checks" role="search"><label for="q">Filter checks</label><input id="q" type="search" placeholder="id, requirement, level, outcome, chapter" autocomplete="off" spellcheck="false"><span class="small dim w">or press <kbd>/</kbd></span><output class="small dim"></output></form>
<div id="checks">${failedList(result)}${othersList(result)}${staleList(result)}${chapterTable(chaptersOf(result))}
<h2 id="all-checks">All checks</h2>${chaptersOf(result).map((chapter) => chapterList(chapter))}</div></div></div></section>`
}

const runFacts = (result: RunResult): string[] => [
  ...(result.targets.length > 0 ? result.targets : [result.target]).map(
    ({ name, version }) => `${name} ${version}`,
  ),
  `specification ${result.specification}`,
  ...(result.roomVersions.length > 0 ? [`room versions ${result.roomVersions.join(', ')}`] : []),
  `seed ${result.seed}`,
  duration(result.durationMs),
]

const openings: Readonly<Record<RunResult['gate']['exitCode'], string>> = {
  0: 'The gate is passed',
  1: 'The gate is failed',
  2: 'The configuration is at fault',
  3: 'Nothing was measured',
  4: 'The harness is at fault',
  5: 'Nothing was executed',
  130: 'Interrupted',
}

/** The result's own reason, opened with what the exit code means unless it begins so itself. */
const verdictSentence = (exitCode: RunResult['gate']['exitCode'], because: string): string => {
  const opening = openings[exitCode]
  const sentence = because.toLowerCase().startsWith(opening.toLowerCase())
    ? because
    : `${opening}: ${because}`
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

const urgency = ({ change, level }: CheckResult): number =>
  (change === undefined ? 2 : changes.indexOf(change)) * 10 + levels.indexOf(level)

/** Those that did not pass and were not skipped, the most urgent first: also the order in which pages lead to each other. */
export const troubled = (result: RunResult): readonly CheckResult[] => [
  ...result.checks
    .filter(({ outcome }) => outcome.status === 'failed')
    .toSorted((a, b) => urgency(a) - urgency(b)),
  ...result.checks.filter(({ outcome }) => outcome.status === 'errored'),
  ...result.checks.filter(({ outcome }) => outcome.status === 'inconclusive'),
]

const failedList = (result: RunResult): Content => {
  const failed = troubled(result).filter(({ outcome }) => outcome.status === 'failed')
  if (failed.length === 0) return undefined
  return html`<h2>Failed${failed.some(({ change }) => change === 'regression') && ', regressions first'}</h2><ol class="fails" data-rows>${failed.map(failedItem)}</ol>`
}

const failedItem = (check: CheckResult): Markup =>
  html`<li><div class="tags">${checkTags(check)}</div><a href="#check/${check.id}">${check.title}</a><p class="id"><code>${check.id}</code></p><p>${check.outcome.status === 'failed' && printable(check.outcome.evidence.message)}</p><p class="small">${requirementLinks(check)}</p>${check.reason !== undefined && html`<p class="small dim">Reason on file: ${printable(check.reason)}</p>`}</li>`

const requirementLinks = ({ proves }: CheckResult): Content =>
  joined(
    proves.map((id) => html`<a href="#${id}"><code>${id}</code></a>`),
    ', ',
  )

const othersList = (result: RunResult): Content => {
  const odd = troubled(result).filter(({ outcome }) => outcome.status !== 'failed')
  const skips = skippedGroups(result)
  if (odd.length === 0 && skips.length === 0) return undefined
  return html`<h2>Neither passed nor failed</h2><ol class="fails" data-rows>${odd.map(
    (check) =>
      html`<li><div class="tags">${checkTags(check)}</div><a href="#check/${check.id}">${check.title}</a><p class="id"><code>${check.id}</code></p><p>${oddWords(check)}</p></li>`,
  )}${skips.map(
    ({ code, words, checks }) =>
      html`<li><div class="tags"><span class="mark none">${checks.length} skipped</span><span class="tag plain">${code}</span><code>${commonId(checks)}</code></div><p>${words}</p></li>`,
  )}</ol>`
}

const oddWords = ({ outcome }: CheckResult): Content => {
  if (outcome.status === 'inconclusive') return printable(outcome.because)
  if (outcome.status !== 'errored') return undefined
  return `The harness is at fault, not the target. ${printable(`${outcome.error.name}: ${outcome.error.message}`)}`
}

interface SkippedGroup {
  readonly code: string
  readonly words: string
  readonly checks: readonly CheckResult[]
}

/** Skipped checks of one chapter with one reason are one line. */
const skippedGroups = (result: RunResult): readonly SkippedGroup[] => {
  const groups = new Map<string, SkippedGroup>()
  for (const check of result.checks) {
    if (check.outcome.status !== 'skipped') continue
    const { code, text } = check.outcome.because
    const key = JSON.stringify([chapterOf(check.id), code])
    const known = groups.get(key)
    const checks = [...(known?.checks ?? []), check]
    groups.set(key, { code, words: known?.words ?? printable(text), checks })
  }
  return [...groups.values()]
}

const commonId = (checks: readonly CheckResult[]): string =>
  checks.length === 1 ? (checks[0]?.id ?? '') : `${chapterOf(checks[0]?.id ?? '')}/*`

const staleList = (result: RunResult): Content => {
  const stale = result.checks.filter(({ change }) => change === 'fixed')
  if (stale.length === 0) return undefined
  return html`<h2>Stale in the baseline</h2><ol class="fails" data-rows>${stale.map(
    (check) =>
      html`<li><div class="tags">${checkTags(check)}</div><a href="#check/${check.id}">${check.title}</a><p class="id"><code>${check.id}</code></p><p>The baseline expects it to fail. <code>fedcheck baseline prune</code> takes the entry out.</p></li>`,
  )}</ol>`
}

const chapterTable = (chapters: readonly Chapter[]): Markup => {
  const most = Math.max(1, ...chapters.map(({ checks }) => checks.length))
  const total = (pick: (chapter: Chapter) => number) =>
    chapters.reduce((sum, chapter) => sum + pick(chapter), 0)
  return html`<h2 id="chapters">Chapters</h2><div class="scroll"><table class="counts"><caption class="vh">Checks by chapter and outcome</caption><thead><tr><th scope="col">Chapter</th><th scope="col" class="w"><span class="vh">share</span></th>${statuses.map(
    (status) =>
      html`<th scope="col" class="num ${statusClass[status]}"><span>${status}</span></th>`,
  )}<th scope="col" class="num">all</th></tr></thead><tbody>${chapters.map((chapter) => chapterRow(chapter, most))}</tbody><tfoot><tr><th scope="row">All chapters</th><td class="w"></td>${statuses.map(
    (status) =>
      countCell(
        status,
        total(({ counts }) => counts[status]),
      ),
  )}<td class="num">${total(({ checks }) => checks.length)}</td></tr></tfoot></table></div>`
}

const countCell = (status: (typeof statuses)[number], amount: number): Markup =>
  html`<td class="num${amount === 0 ? ' z' : ` n-${status}`}">${amount}</td>`

const chapterRow = ({ id, name, checks, counts }: Chapter, most: number): Markup =>
  html`<tr><th scope="row"><a href="#chapter/${id}">${name}</a></th><td class="w">${bar(counts, most)}</td>${statuses.map((status) => countCell(status, counts[status]))}<td class="num">${checks.length}</td></tr>`

/** Length is the number of checks, against the longest chapter. */
const bar = (counts: Chapter['counts'], most: number): Markup => {
  let x = 0
  const parts = statuses
    .filter((status) => counts[status] > 0)
    .map((status) => {
      const width = (100 * counts[status]) / most
      const part = html`<rect class="b-${status}" x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" y="1" height="10"/>`
      x += width
      return part
    })
  return html`<svg class="bar" aria-hidden="true">${parts}</svg>`
}

const chapterList = ({ id, name, checks, counts }: Chapter): Markup =>
  html`<details class="chapter" id="chapter/${id}"><summary>${name} <small>${counts.passed} of ${checks.length} passed</small></summary><ul class="checks" data-rows data-all>${checks.map(
    (check) =>
      html`<li data-text="${[check.level, name, ...check.proves].join(' ')}">${statusMark(check.outcome.status)} ${changeTag(check.change)} <a href="#check/${check.id}">${check.title}</a> <code class="dim">${check.id}</code></li>`,
  )}</ul></details>`
