import type { Level } from '../../fixtures/requirements/define.ts'
import type { Change, CheckResult, Verdict } from '../../harness/results/outcome.ts'
import type { Status } from '../chapters.ts'
import { clauseAddress } from '../clause.ts'
import { html, type Content, type Markup } from './markup.ts'

/** Class of the style sheet that draws the shape beside the word. */
export const statusClass: Readonly<Record<Status, string>> = {
  passed: 'ok',
  failed: 'fail',
  inconclusive: 'odd',
  skipped: 'none',
  errored: 'warn',
}

const verdictClass: Readonly<Record<Verdict, string>> = {
  conformant: 'ok',
  nonconformant: 'fail',
  noted: 'warn',
  undecided: 'odd',
  untested: 'none',
}

export const statusMark = (status: Status): Markup =>
  html`<span class="mark ${statusClass[status]}">${status}</span>`

export const verdictMark = (verdict: Verdict): Markup =>
  html`<span class="mark ${verdictClass[verdict]}">${verdict}</span>`

/** In the order in which they want attention. */
export const changes: readonly Change[] = [
  'regression',
  'known-but-different',
  'new',
  'flaky',
  'known',
  'fixed',
]

export const changeWords: Readonly<Record<Change, string>> = {
  regression: 'regression',
  'known-but-different': 'fails otherwise',
  new: 'new',
  flaky: 'flaky',
  known: 'known',
  fixed: 'fixed',
}

const quietChanges: ReadonlySet<Change> = new Set(['known', 'flaky'])

export const changeTag = (change: Change | undefined): Content => {
  if (change === undefined) return undefined
  const kind = change === 'regression' ? ' solid' : quietChanges.has(change) ? ' dash' : ''
  return html`<span class="tag${kind}">${changeWords[change]}</span>`
}

export const levelTag = (level: Level): Markup => html`<span class="tag plain">${level}</span>`

/** Outcome, change and level, as they stand before a check's title. */
export const checkTags = (check: CheckResult): Markup =>
  html`${statusMark(check.outcome.status)} ${changeTag(check.change)} ${levelTag(check.level)}`

export const clauseLink = (clause: string, specification: string): Content => {
  const address = clauseAddress(clause, specification)
  return address === undefined ? clause : html`<a href="${address}" rel="noreferrer">${clause}</a>`
}
