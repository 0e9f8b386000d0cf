import type { Exchange } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import type { Lab } from '../lab/lab.ts'
import type { CheckResult, Finding, Outcome } from '../results/outcome.ts'
import type { Check } from '../scenario/variants.ts'
import { type Assessment, assess } from '../validators/validate.ts'
import { attempt } from './attempt.ts'
import type { Halt } from './halt.ts'
import { errored, skipped, worst } from './outcome.ts'
import { levelOf } from './select.ts'
import { witnessed } from './witnesses.ts'

export interface Performer {
  readonly lab: Lab
  readonly journal: Journal
  readonly halt: Halt
  /** How often each check is told. */
  readonly repeat: number
}

export interface Performed {
  readonly result: CheckResult
  /** What the validators say of its exchanges. */
  readonly assessment?: Assessment
}

/** Tells a check as often as it is to be told, and judges what was exchanged. Never rejects. */
export async function perform(performer: Performer, check: Check): Promise<Performed> {
  const { journal, halt, repeat } = performer
  const startedAt = journal.now()
  const result = (outcome: Outcome): CheckResult => ({
    ...described(check),
    outcome,
    startedAt,
    durationMs: journal.now() - startedAt,
  })
  const unmet = unmetNeed(check)
  if (halt.reason) return { result: result(skipped(halt.reason.code, halt.reason.text)) }
  if (unmet) return { result: result(unmet) }
  note(journal, check, 'begins')
  const [first, ...others] = await tellings(performer, check)
  const outcomes = [first, ...others].map(({ outcome }) => outcome)
  const ours = [first, ...others].flatMap((each) => each.ours)
  const assessment = assessed(performer, check, ours)
  const ended = worst([first.outcome, ...others.map((each) => each.outcome)])
  const outcome = blamed(witnessed(ended, exchangesOf(journal, check)), {
    findings: assessment.findings.filter(({ server }) => ours.includes(server)),
  })
  note(journal, check, `ended: ${outcome.status}`)
  journal.done(check.id)
  const repeats = repeat > 1 ? { repeats: outcomes.map(({ status }) => status) } : {}
  return { result: { ...result(outcome), ...repeats }, assessment }
}

/** The part of a result that is known before. */
export const described = (check: Check) => ({
  id: check.id,
  scenario: check.scenario.id,
  title: check.scenario.title,
  proves: check.scenario.proves,
  level: levelOf(check),
})

type Attempt = Awaited<ReturnType<typeof attempt>>

async function tellings(
  { lab, halt, repeat }: Performer,
  check: Check,
): Promise<readonly [Attempt, ...Attempt[]]> {
  const first = await attempt(lab, check, halt)
  const others: Attempt[] = []
  while (others.length + 1 < repeat && halt.reason === undefined)
    others.push(await attempt(lab, check, halt))
  return [first, ...others]
}

/** No target offers more than the client-server API yet. */
function unmetNeed(check: Check): Outcome | undefined {
  const [need] = check.scenario.story.needs ?? []
  return need === undefined
    ? undefined
    : skipped(`missing-capability:${need}`, `the target does not offer ${need}`)
}

function assessed({ lab, journal }: Performer, check: Check, ours: readonly string[]): Assessment {
  return assess(exchangesOf(journal, check), {
    targets: lab.infos.map(({ serverName }) => serverName),
    ours,
    roomVersionOf: () => undefined,
    keys: () => undefined,
  })
}

const exchangesOf = (journal: Journal, check: Check): readonly Exchange[] =>
  journal.of(check.id).filter((fact): fact is Exchange => fact.kind === 'exchange')

/** What our own servers said wrong, without having been told to, spoils the result. */
function blamed(outcome: Outcome, own: { readonly findings: readonly Finding[] }): Outcome {
  const [first] = own.findings
  if (first === undefined || (outcome.status !== 'passed' && outcome.status !== 'failed'))
    return outcome
  const { exchange, operation, part, pointer, expected, actual, requirement } = first
  const message = `our own ${part} of ${operation} in exchange ${exchange} breaks ${requirement}: ${pointer} is ${actual}, not ${expected}`
  return errored(new Error(message))
}

const note = (journal: Journal, { id, scenario }: Check, text: string): void =>
  journal.append({
    kind: 'note',
    check: id,
    at: journal.now(),
    text: `${scenario.title}: ${text}`,
  })
