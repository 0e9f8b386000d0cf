import { clauseAddress } from '../../reports/clause.ts'
import { requirements, type RequirementId } from '../../fixtures/requirements/index.ts'
import { quirkList } from '../reference/quirks/index.ts'
import { specification } from '../results/specification.ts'
import { suggestion } from '../run/nearest.ts'
import { inventory } from '../run/plan.ts'
import { levelOf } from '../run/select.ts'
import type { Check } from '../scenario/variants.ts'
import { versionPage } from './explain-version.ts'
import { scenariosIn } from './suites.ts'
import { UsageError } from './usage-error.ts'

interface ExplainFlags {
  readonly suites?: string
  readonly version: string | undefined
}

/** `fedcheck explain`: what a requirement demands and which scenarios show it, or the reverse; or a room version. */
export async function explainCommand(id: string, flags: ExplainFlags): Promise<0> {
  if (id === 'room-version' && flags.version !== undefined) {
    process.stdout.write(`${versionPage(flags.version).join('\n')}\n`)
    return 0
  }
  if (flags.version !== undefined)
    throw new UsageError(`only room versions are explained by two words, not '${id}'`)
  const checks = inventory(await scenariosIn(flags.suites))
  process.stdout.write(`${explained(id, checks).join('\n')}\n`)
  return 0
}

function explained(id: string, checks: readonly Check[]): readonly string[] {
  if (isRequirement(id)) return [...demand(id), ...shownBy(id, checks), ...triedOn([id])]
  const named = checks.filter((check) => check.id === id || check.scenario.id === id)
  const [first] = named
  if (first !== undefined) return story(first, named)
  const names = [
    ...Object.keys(requirements),
    ...checks.flatMap((check) => [check.id, check.scenario.id]),
  ]
  throw new UsageError(
    `'${id}' is neither a requirement nor a scenario or check${suggestion(id, names)}`,
  )
}

const isRequirement = (id: string): id is RequirementId => Object.hasOwn(requirements, id)

function demand(id: RequirementId): readonly string[] {
  const { level, wording, at } = requirements[id]
  return [`${id} · ${level}`, `  ${wording}`, `  ${clauseAddress(at, specification) ?? at}`]
}

function shownBy(id: string, checks: readonly Check[]): readonly string[] {
  const scenarios = new Map(
    checks
      .filter(({ scenario }) => scenario.proves.some((one) => one === id))
      .map(({ scenario }) => [scenario.id, scenario.title]),
  )
  if (scenarios.size === 0) return ['', 'No scenario shows it yet.']
  return ['', 'Shown by', ...[...scenarios].map(([name, title]) => `  ${name}\n    ${title}`)]
}

function story(first: Check, checks: readonly Check[]): readonly string[] {
  const { id, title, proves, story: told } = first.scenario
  return [
    `${id} · ${levelOf(first)}`,
    `  ${title}`,
    ...(told.seats ? [`  The target sits at ${told.seats.join(', then at ')}.`] : []),
    '',
    'Shows',
    ...proves.flatMap((one) => demand(one).map((line) => `  ${line}`)),
    '',
    'Checks',
    ...checks.map((check) => `  ${check.id}`),
    ...triedOn(proves),
  ]
}

/** What the self-test has these requirements found broken by. */
function triedOn(ids: readonly string[]): readonly string[] {
  const found = quirkList.filter(({ breaks }) => breaks.some((one) => ids.includes(one)))
  if (found.length === 0) return []
  return ['', 'Quirks that break it', ...found.map(({ id, wording }) => `  ${id}: ${wording}`)]
}
