import type { Exchange, Fact } from '../harness/journal/exchange.ts'
import type {
  CheckResult,
  Evidence,
  RequirementResult,
  RunResult,
} from '../harness/results/outcome.ts'
import { redactText } from './redact.ts'
import { oneLine, visible } from './visible.ts'

/** What every report says of a check that did not pass, as text that may be printed: redacted, control characters shown. */
export interface Failure {
  /** What the check proves, in its own order; a requirement that the result does not list has only its id. */
  readonly requires: readonly Demand[]
  /** The outcome in one sentence. */
  readonly message: string
  /** The message, where expected and actual do not say the same already. */
  readonly inShort?: string
  readonly expected?: string
  readonly actual?: string
  /** Why it is expected, step by step. */
  readonly reasons: readonly string[]
  readonly evidence: readonly Witness[]
  /** The command that runs just this check again. */
  readonly again: string
}

/** As much of a result as a failure needs, so that it can be told before the run is over. */
export type RunContext = Pick<RunResult, 'requirements' | 'target' | 'targets' | 'seed'>

export type Demand = Pick<RequirementResult, 'id'> & Partial<RequirementResult>

interface Witness {
  readonly exchange: number
  /** `127.0.0.4:40001 → target  PUT /_matrix/federation/v2/send_join/…  200`; says so when the journal does not hold it. */
  readonly text: string
}

/** Exchanges by number; build it once where many failures are told. */
export const exchangesOf = (facts: readonly Fact[]): ReadonlyMap<number, Exchange> => {
  const byId = new Map<number, Exchange>()
  for (const fact of facts) if (fact.kind === 'exchange') byId.set(fact.id, fact)
  return byId
}

const demandsOf = (check: CheckResult, result: RunContext): readonly Demand[] =>
  check.proves.map((id) => result.requirements.find((known) => known.id === id) ?? { id })

export const failureOf = (
  check: CheckResult,
  result: RunContext,
  exchanges: ReadonlyMap<number, Exchange>,
): Failure => {
  const { outcome } = check
  const evidence = outcome.status === 'failed' ? outcome.evidence : undefined
  return {
    requires: demandsOf(check, result),
    message: printable(messageOf(check)),
    ...(evidence === undefined ? {} : contrast(evidence)),
    reasons: (evidence?.reasons ?? []).map(printable),
    evidence: (evidence?.exchanges ?? []).map((id) => witness(id, exchanges.get(id), result)),
    again: againCommand(check, result),
  }
}

const contrast = ({ message, expected, actual }: Evidence) => ({
  ...(actual === undefined || repeats(message, actual) ? {} : { inShort: printable(message) }),
  ...(expected === undefined ? {} : { expected: printable(expected) }),
  ...(actual === undefined ? {} : { actual: printable(actual) }),
})

/** `the events differ: missing $x` says nothing that `5 events; missing $x` does not. */
const repeats = (message: string, actual: string): boolean =>
  actual.includes(message.slice(message.indexOf(': ') + 1).trim())

/** Safe to print: secrets and control characters taken out. */
export const printable = (text: string): string => visible(redactText(text))

const messageOf = ({ outcome }: CheckResult): string => {
  if (outcome.status === 'failed') return outcome.evidence.message
  if (outcome.status === 'skipped') return `${outcome.because.code}: ${outcome.because.text}`
  if (outcome.status === 'inconclusive') return outcome.because
  if (outcome.status === 'errored') return `${outcome.error.name}: ${outcome.error.message}`
  return outcome.status
}

const witness = (id: number, exchange: Exchange | undefined, run: RunContext): Witness => ({
  exchange: id,
  text:
    exchange === undefined
      ? 'not in the journal that this report was made from'
      : `${link(exchange, run)}  ${oneLine(exchange.method)} ${shortUri(exchange.uri)}  ${fateOf(exchange)}`,
})

/** A sole target is called so; other servers have new names in every run, and theirs say who they are. */
const link = ({ from, to }: Exchange, { target, targets }: RunContext): string => {
  const nameOf = (server: string) =>
    targets.length < 2 && server === target.serverName ? 'target' : oneLine(server)
  return `${nameOf(from)} → ${nameOf(to)}`
}

/** How an exchange ended, in a word or two: `200`, `refused`, `cut`. */
export const fateOf = (exchange: Exchange): string =>
  exchange.ending === 'answered' && exchange.response !== undefined
    ? String(exchange.response.status)
    : exchange.ending

/** The path as far as it names the endpoint; ids and the query give way to an ellipsis. */
export const shortUri = (uri: string): string => {
  const [path = '', query] = oneLine(redactText(uri)).split('?', 2)
  const parts = path.split('/')
  const first = parts.findIndex(
    (part, i) => i > 3 && (/^(?:[!$@#]|%21|%24|%40|%23)/.test(part) || part.length > 24),
  )
  const kept = first < 0 ? path : `${parts.slice(0, first).join('/')}/…`
  return query === undefined || first >= 0 ? kept : `${kept}?…`
}

const againCommand = (check: CheckResult, result: RunContext): string => {
  const targets = (result.targets.length > 0 ? result.targets : [result.target]).map(
    ({ spec }) => `--target ${shellWord(printable(spec))}`,
  )
  return `npx fedcheck run ${shellWord(check.id)} ${targets.join(' ')} --seed ${result.seed}`
}

/** One word of a POSIX shell, quoted where it must be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
