import type { Command } from 'commander'
import type { BaselineFlags, UpdateFlags } from './baseline.ts'
import type { ListFlags } from './list.ts'
import { usualVersions } from './room-versions.ts'
import type { ReportFlags } from './report.ts'
import type { RunFlags } from './run.ts'
import type { SelftestFlags } from './selftest.ts'
import { addServe } from './serve-flags.ts'
import { listOf, oneOf, positiveInteger, positiveNumber, repeated, seedNumber } from './values.ts'

const selectors =
  "a check, scenario, file or folder ('joining/send-join'), a requirement ('ss.sj.*'), '#anchor' of a clause, must, should; * is any text"
const suites = ['--suites <dir>', 'folder of suites (default: those of fedcheck)'] as const
const versions = ['--room-versions <list>', 'as 9,11, or all', usualVersions] as const
const output = ['--output <dir>', 'folder of the report', './fedcheck-report'] as const

const example = (...lines: readonly string[]): string =>
  `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`

function addRun(cli: Command): void {
  const run = cli
    .command('run')
    .description('tell the scenarios to a target and report')
    .argument('[selector...]', selectors)
  run
    .option(
      '--target <spec>',
      'embedded, embedded:QUIRK, synapse or process:COMMAND; given twice, the one is tested against the other (default: embedded)',
      repeated,
    )
    .option(...versions)
    .option('--workers <n>', 'checks in flight', positiveInteger, 4)
    .option('--repeat <n>', 'tell each check n times', positiveInteger, 1)
    .option('--seed <n>', 'for all that is chosen (default: a new one, printed)', seedNumber)
    .option('--timeout-scale <x>', 'multiplies every wait', positiveNumber, 1)
    .option('-x', 'stop after the first failure')
    .option('--max-failures <n>', 'stop after n failures', positiveInteger)
    .option('--last-failed', 'only what failed in the run whose report is in the output folder')
    .option(...suites)
  addGate(run)
  run
    .option(...output)
    .option('--title <text>', 'title of the report')
    .option(
      '--reporter <name>',
      'live, list or dot (default: live on a terminal, else list)',
      oneOf('live', 'list', 'dot'),
    )
    .addHelpText(
      'after',
      example(
        'fedcheck run must --target synapse --room-versions 11 --baseline known.json',
        "fedcheck run 'joining/send-join/receives-state[v11,hs2]' --seed 4711",
      ),
    )
    .action(async (names: readonly string[], flags: RunFlags) => {
      const { runCommand } = await import('./run.ts')
      process.exitCode = await runCommand(names, flags)
    })
}

function addGate(run: Command): void {
  run
    .option(
      '--require <level>',
      'what fails the run: must or should',
      oneOf('must', 'should'),
      'must',
    )
    .option('--fail-on <list>', 'also fail for skip, inconclusive', listOf('skip', 'inconclusive'))
    .option('--strict', 'the same as --require should --fail-on skip,inconclusive')
    .option('--baseline <file>', 'failures that are known, and do not fail the run')
    .option(
      '--stale <what>',
      'fail or warn when a check passes that the baseline expects to fail',
      oneOf('fail', 'warn'),
      'fail',
    )
    .option('--require-new', 'fail also for checks that are newer than the baseline')
}

function addList(cli: Command): void {
  cli
    .command('list')
    .description('name the checks that a run would make')
    .argument('[selector...]', selectors)
    .option(...versions)
    .option('--requirements', 'name the requirements instead, with how many checks prove each')
    .option('--quirks', 'name the faults and oddities that embedded:QUIRK can have instead')
    .option('--json', 'as JSON')
    .option(...suites)
    .addHelpText('after', example("fedcheck list 'partition/*' --room-versions 12"))
    .action(async (names: readonly string[], flags: ListFlags) => {
      const { listCommand } = await import('./list.ts')
      process.exitCode = await listCommand(names, flags)
    })
}

function addExplain(cli: Command): void {
  cli
    .command('explain')
    .description('say what a requirement demands, a check shows, a room version is')
    .argument('<id>', 'a requirement, check or scenario, or `room-version`')
    .argument('[version]', 'which room version')
    .option(...suites)
    .addHelpText('after', example('fedcheck explain ss.sj.auth_chain_complete'))
    .addHelpText('after', example('fedcheck explain room-version 11'))
    .action(async (id: string, version: string | undefined, flags: { suites?: string }) => {
      const { explainCommand } = await import('./explain.ts')
      process.exitCode = await explainCommand(id, { ...flags, version })
    })
}

function addReport(cli: Command): void {
  cli
    .command('report')
    .description('make the reports of a run again, from its run.json and events.ndjson')
    .argument('<run>', 'folder of a report, or a run.json')
    .option('--output <dir>', "where to put them (default: the run's own folder)")
    .addHelpText('after', example('fedcheck report ./fedcheck-report --output ./again'))
    .action(async (source: string, flags: ReportFlags) => {
      const { reportCommand } = await import('./report.ts')
      process.exitCode = await reportCommand(source, flags)
    })
}

function addBaseline(cli: Command): void {
  const baseline = cli
    .command('baseline')
    .description('keep the file of known failures')
    .addHelpText(
      'after',
      example("fedcheck baseline update --file known.json --reason 'upstream issue 123'"),
    )
  const file = ['--file <file>', 'the baseline', './fedcheck.baseline.json'] as const
  const run = [
    '--run <dir>',
    'folder of the report to take failures from',
    './fedcheck-report',
  ] as const
  baseline
    .command('update')
    .description('take up the failures of a run, take out what passes, and show the difference')
    .option(...file)
    .option(...run)
    .requiredOption('--reason <text>', 'why the new ones fail')
    .option('--issue <url>', 'where they are dealt with')
    .option('--expires <date>', 'day after which the new entries are an error, as 2030-01-31')
    .action(async (flags: UpdateFlags) => {
      const { updateCommand } = await import('./baseline.ts')
      process.exitCode = await updateCommand(flags)
    })
  baseline
    .command('check')
    .description('say whether the file can be used')
    .option(...file)
    .option(...suites)
    .action(async (flags: BaselineFlags) => {
      const { checkCommand } = await import('./baseline.ts')
      process.exitCode = await checkCommand(flags)
    })
  baseline
    .command('prune')
    .description('take out entries that have expired or are about checks that are no more')
    .option(...file)
    .option(...suites)
    .action(async (flags: BaselineFlags) => {
      const { pruneCommand } = await import('./baseline.ts')
      process.exitCode = await pruneCommand(flags)
    })
}

function addTarget(cli: Command): void {
  cli
    .command('target')
    .description('fetch known servers')
    .addHelpText('after', example('fedcheck target install synapse'))
    .command('install')
    .description("fetch a server into the user's cache folder, so that --target NAME works")
    .argument('<name>', 'synapse')
    .action(async (name: string) => {
      const { installCommand } = await import('./target.ts')
      process.exitCode = await installCommand(name)
    })
}

function addSelftest(cli: Command): void {
  cli
    .command('selftest')
    .description('try the suites on faulty servers: each quirk of the reference has to be caught')
    .argument('[quirk...]', 'only these quirks and near-misses')
    .option('--whole', 'try the whole suite on every quirk, and not only what could catch it')
    .option('--workers <n>', 'checks in flight per server', positiveInteger, 6)
    .option('--timeout-scale <x>', 'multiplies every wait', positiveNumber, 0.3)
    .option(...suites)
    .addHelpText('after', example('fedcheck selftest omit-auth-chain'))
    .action(async (names: readonly string[], flags: SelftestFlags) => {
      const { selftestCommand } = await import('./selftest.ts')
      process.exitCode = await selftestCommand(names, flags)
    })
}

/** Every command adds itself to the program. */
export const commands: readonly ((cli: Command) => void)[] = [
  addRun,
  addList,
  addExplain,
  addReport,
  addBaseline,
  addTarget,
  addServe,
  addSelftest,
]
