import { requirements } from '../../fixtures/requirements/index.ts'
import { nearMissList, quirkList } from '../reference/quirks/index.ts'
import type { NearMiss, Quirk } from '../reference/quirks/index.ts'
import { plan } from '../run/plan.ts'
import { levelOf } from '../run/select.ts'
import type { Check } from '../scenario/variants.ts'
import { roomVersionsIn } from './room-versions.ts'
import { scenariosIn } from './suites.ts'

export interface ListFlags {
  readonly roomVersions: string
  readonly requirements?: true
  readonly quirks?: true
  readonly json?: true
  readonly suites?: string
}

/** `fedcheck list`: 5 where nothing is selected. */
export async function listCommand(selectors: readonly string[], flags: ListFlags): Promise<0 | 5> {
  if (flags.quirks) {
    print(quirkLines(flags))
    return 0
  }
  const scenarios = await scenariosIn(flags.suites)
  const versions = roomVersionsIn(flags.roomVersions)
  const checks = plan(scenarios, { versions, selectors, targets: 1 })
  print(flags.requirements ? requirementLines(checks, flags) : checkLines(checks, flags))
  return checks.length === 0 ? 5 : 0
}

const print = (lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function quirkLines({ json }: ListFlags): readonly string[] {
  const all = [...quirkList, ...nearMissList]
  if (json) return [JSON.stringify(all, null, 2)]
  return all.map((one) => `${one.id}  ${one.wording} (${remark(one)})`)
}

/** What a quirk breaks, or why a near-miss is none. */
function remark(one: Quirk | NearMiss): string {
  if ('leftOpenBy' in one) return `legal: ${one.leftOpenBy}`
  return `${one.breaks.join(', ')}${one.awaits === undefined ? '' : '; no check finds it yet'}`
}

function checkLines(checks: readonly Check[], { json }: ListFlags): readonly string[] {
  if (!json) return checks.map(({ id }) => id)
  const values = checks.map((check) => ({
    id: check.id,
    scenario: check.scenario.id,
    title: check.scenario.title,
    level: levelOf(check),
    proves: check.scenario.proves,
  }))
  return [JSON.stringify(values, null, 2)]
}

function requirementLines(checks: readonly Check[], { json }: ListFlags): readonly string[] {
  const counts = new Map<string, number>()
  for (const { scenario } of checks)
    for (const id of scenario.proves) counts.set(id, (counts.get(id) ?? 0) + 1)
  const values = Object.entries(requirements).map(([id, { level, wording, at }]) => ({
    id,
    level,
    wording,
    clause: at,
    checks: counts.get(id) ?? 0,
  }))
  if (json) return [JSON.stringify(values, null, 2)]
  const proved = values.filter(({ checks: count }) => count > 0)
  return [
    ...proved.map(({ id, level, checks: count }) => `${id}  ${level}  ${count}`),
    `${proved.length} of ${values.length} requirements`,
  ]
}
