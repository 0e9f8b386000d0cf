import type {
  CheckResult,
  Finding,
  RequirementResult,
  RunResult,
  Verdict,
} from '../../harness/results/outcome.ts'
import { count } from '../words.ts'
import { html, joined, type Content, type Markup } from './markup.ts'
import { clauseLink, verdictMark } from './marks.ts'

const verdicts: readonly Verdict[] = [
  'nonconformant',
  'noted',
  'undecided',
  'conformant',
  'untested',
]
const mostFindings = 5

/** Each requirement: wording, level, verdict, what tested it, and the clause. */
export const requirementsPage = (result: RunResult): Markup => {
  const checks = new Map(result.checks.map((check) => [check.id, check]))
  const findings = new Map<string, Finding[]>()
  for (const finding of result.findings) {
    const list = findings.get(finding.requirement)
    if (list === undefined) findings.set(finding.requirement, [finding])
    else list.push(finding)
  }
  const rows = result.requirements.toSorted(
    (a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict),
  )
  const amounts = verdicts.map((verdict) => rows.filter((row) => row.verdict === verdict).length)
  return html`<section class="page" id="requirements"><h1>What the specification demands, and what was found</h1>
<p class="lead">${count(rows.length, 'requirement')} in our own words: ${joined(
    verdicts.map((verdict, i) => `${amounts[i]} ${verdict}`),
    ', ',
  )}. A requirement of level implied that is not met is noted, and never fails a run.</p>
<form class="find" hidden data-filter="reqs" role="search"><label for="rq">Filter requirements</label><input id="rq" type="search" placeholder="id, wording, clause" autocomplete="off" spellcheck="false">${choice('level', ['MUST', 'SHOULD', 'MAY', 'implied'])}${choice('verdict', verdicts)}<button type="button" data-export>Export what is shown</button><output class="small dim"></output></form>
<table class="dense stack" id="reqs"><thead><tr><th scope="col">Requirement</th><th scope="col">Level</th><th scope="col">Verdict</th><th scope="col">Tested by</th><th scope="col">Clause</th></tr></thead><tbody data-rows data-all>${rows.map(
    (row) => requirementRow(row, checks, findings.get(row.id) ?? [], result.specification),
  )}</tbody></table></section>`
}

const choice = (name: string, options: readonly string[]): Markup =>
  html`<select name="${name}" aria-label="Only this ${name}"><option value="">any ${name}</option>${options.map((option) => html`<option>${option}</option>`)}</select>`

const requirementRow = (
  { id, level, verdict, wording, clause, checks }: RequirementResult,
  known: ReadonlyMap<string, CheckResult>,
  findings: readonly Finding[],
  specification: string,
): Markup =>
  html`<tr id="${id}" data-verdict="${verdict}" data-level="${level}"><th scope="row"><code>${id}</code><div class="small dim">${wording}</div></th><td>${level}</td><td>${verdictMark(verdict)}</td><td>${testedBy(checks, known)}${findingLinks(findings)}</td><td>${clauseLink(clause, specification)}</td></tr>`

/** The variants of one scenario stand behind its id, so that a rule tested forty times is read once. */
const testedBy = (ids: readonly string[], known: ReadonlyMap<string, CheckResult>): Content => {
  if (ids.length === 0) return html`<span class="dim">no check</span>`
  const scenarios = new Map<string, string[]>()
  for (const id of ids) {
    const scenario = known.get(id)?.scenario ?? id.replace(/\[.*\]$/, '')
    scenarios.set(scenario, [...(scenarios.get(scenario) ?? []), id])
  }
  return [...scenarios].map(([scenario, variants]) => {
    if (variants[0] === scenario) return html`<div>${checkLink(scenario, scenario, known)}</div>`
    const links = variants.map((id) => checkLink(id, id.slice(scenario.length + 1, -1), known))
    return html`<div><code>${scenario}</code> ${joined(links, ' ')}</div>`
  })
}

/** Says the outcome too, unless it is the one that is hoped for. */
const checkLink = (id: string, name: string, known: ReadonlyMap<string, CheckResult>): Content => {
  const status = known.get(id)?.outcome.status
  if (status === undefined) return name
  return html`<a href="#check/${id}"${status !== 'passed' && html` class="v-${status}"`}>${name}${status !== 'passed' && ` ${status}`}</a>`
}

const findingLinks = (findings: readonly Finding[]): Content => {
  if (findings.length === 0) return undefined
  const exchanges = [...new Set(findings.map(({ exchange }) => exchange))]
  const shown = exchanges.slice(0, mostFindings)
  const more = exchanges.length - shown.length
  return html`<div>${count(findings.length, 'finding')}: exchange ${joined(
    shown.map((id) => html`<a href="#exchange/${id}">${id}</a>`),
    ', ',
  )}${more > 0 && ` and ${more} more`}</div>`
}
