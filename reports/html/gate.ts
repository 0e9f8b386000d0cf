import type { Change, CheckResult, RunResult } from '../../harness/results/outcome.ts'
import { count } from '../words.ts'
import { html, type Content, type Markup } from './markup.ts'
import { changes, changeTag } from './marks.ts'

/** What the gate looks at, as counts of the result; the judgement itself is the result's. */
export const gateView = (result: RunResult): Markup => {
  const { exitCode } = result.gate
  const heading =
    exitCode === 0
      ? 'Why the gate is passed'
      : exitCode === 1
        ? 'Why the gate is failed'
        : 'Why the run ended so'
  return html`<h2 id="gate">${heading}</h2><ul class="gate">${reasons(result).map(
    ({ mark, words, more }) =>
      html`<li class="${mark}"><span>${words}${more !== undefined && html`<small>${more}</small>`}</span></li>`,
  )}</ul>${baselineView(result)}`
}

interface Reason {
  readonly mark: 'ok' | 'fail' | 'warn' | 'none'
  readonly words: string
  readonly more?: Content
}

const reasons = (result: RunResult): readonly Reason[] =>
  [mustReason, weakerReason, excusedReason, staleReason, faultReason, openReason].flatMap(
    (reason) => reason(result) ?? [],
  )

const failed = ({ checks }: RunResult) =>
  checks.filter(({ outcome }) => outcome.status === 'failed')

const isExcused = ({ change }: CheckResult): boolean => change === 'known' || change === 'flaky'

const mustReason = (result: RunResult): Reason => {
  const amount = failed(result).filter(
    (check) => check.level === 'MUST' && !isExcused(check),
  ).length
  if (amount === 0) return { mark: 'ok', words: 'No unexpected failure of level MUST' }
  const gated = result.gate.exitCode === 1
  return {
    mark: gated ? 'fail' : 'warn',
    words: `${count(amount, 'unexpected failure')} of level MUST`,
    ...(gated ? {} : { more: 'Not what decided the exit code.' }),
  }
}

const weakerReason = (result: RunResult): Reason | undefined => {
  const amount = failed(result).filter(
    (check) => check.level !== 'MUST' && !isExcused(check),
  ).length
  if (amount === 0) return undefined
  return {
    mark: 'none',
    words: `${count(amount, 'unexpected failure')} of a weaker level`,
    more: html`Without a baseline, SHOULD gates only with <code>--require should</code>; MAY and implied never do.`,
  }
}

const excusedReason = (result: RunResult): Reason | undefined => {
  const amount = failed(result).filter(isExcused).length
  if (amount === 0) return undefined
  return { mark: 'none', words: `${count(amount, 'failure')} that the baseline expects` }
}

const staleReason = ({ checks, gate }: RunResult): Reason | undefined => {
  const amount = checks.filter(({ change }) => change === 'fixed').length
  if (amount === 0) return undefined
  return {
    mark: gate.exitCode === 1 ? 'fail' : 'warn',
    words: `${count(amount, 'stale entry', 'stale entries')} in the baseline`,
  }
}

const faultReason = ({ gate }: RunResult): Reason => {
  const amount = gate.counts.errored
  if (amount === 0) return { mark: 'ok', words: 'No fault of the harness' }
  return {
    mark: 'warn',
    words: `${count(amount, 'fault')} of the harness`,
    more: 'They say nothing about the target.',
  }
}

const openReason = ({ gate }: RunResult): Reason | undefined => {
  const amount = gate.counts.skipped + gate.counts.inconclusive
  if (amount === 0) return undefined
  return {
    mark: 'none',
    words: `${count(amount, 'check')} skipped or inconclusive`,
    more: html`Counted only with <code>--fail-on skipped,inconclusive</code>.`,
  }
}

const explained: Readonly<Record<Change, string>> = {
  regression: 'not in the baseline, fails',
  'known-but-different': 'known, fails otherwise now',
  new: 'fails; newer than the baseline',
  flaky: 'may fail or pass',
  known: 'fails as described',
  fixed: 'stale entry: prune it',
}

const baselineView = ({ checks }: RunResult): Content => {
  const amounts = changes.map((change) => checks.filter((check) => check.change === change).length)
  if (amounts.every((amount) => amount === 0)) return undefined
  return html`<h2>Against the baseline</h2><table class="dense"><tbody>${changes.map(
    (change, i) =>
      html`<tr><th scope="row">${changeTag(change)}</th><td>${explained[change]}</td><td class="num${amounts[i] === 0 && ' z'}">${amounts[i]}</td></tr>`,
  )}</tbody></table>`
}
