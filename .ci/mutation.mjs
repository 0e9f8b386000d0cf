// Mutation testing of harness/matrix with Stryker: npm run mutation -- [GROUP…]. What comes of it is told in
// harness/decisions/0010-what-mutants-survive.md. Stryker's runner knows mocha up to 11 only, and the whole weighs 90 MB, so
// both are installed in a folder of their own, beside a copy of what is tested.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const matrix = (pattern) => `harness/matrix/${pattern}`

/** What is mutated, and the tests that are to notice. */
const groups = {
  'auth-rules': {
    mutate: ['auth-rules/!(*.test|test-*|refusal).ts', 'power.ts'],
    tests: ['auth-rules/*', 'power'],
  },
  // What nearness does shows in nothing but time.
  'state-resolution': {
    mutate: ['state-resolution/!(*.test|test-*|trace|observer|nearness).ts'],
    tests: [
      'conflicted-set',
      'known-events',
      'mainline',
      'readings',
      'resolve-state',
      'separate',
      'version-1',
      'trace',
      'ranking',
    ].map((name) => `state-resolution/${name}`),
  },
  events: {
    mutate: ['{redact,hash,event-format,reference-format,receipt}.ts'],
    tests: [
      'redact',
      'hash',
      'event-format',
      'read-event',
      'sign-event',
      'identifiers',
      'receipt',
      'older-versions',
    ],
  },
  texts: {
    mutate: ['{strictness,event-texts}.ts'],
    tests: ['event-texts', 'event-format', 'read-event', 'older-versions', 'hash', 'sign-event'],
  },
  json: {
    mutate: ['{json,json-survey,json-flaws,written-numbers,write-json}.ts'],
    tests: ['json', 'json-survey', 'canonical-json', 'write-json', 'read-event', 'older-versions'],
  },
  // What does not end counts as noticed, and takes its time.
  parser: { mutate: ['json-checker.ts'], tests: ['json', 'json-survey', 'read-event'] },
  canonical: {
    mutate: ['canonical-json.ts'],
    tests: ['canonical-json', 'write-json', 'read-event'],
  },
}

const packages = [
  '@stryker-mutator/core@9.6.1',
  '@stryker-mutator/mocha-runner@9.6.1',
  'mocha@11',
  'fast-check@4',
  'tsx@4',
]

const config = ({ mutate, tests }) => ({
  testRunner: 'mocha',
  testRunnerNodeArgs: ['--import', 'tsx'],
  mochaOptions: { spec: tests.map((name) => matrix(`${name}.test.ts`)), require: ['./setup.mjs'] },
  mutate: mutate.map(matrix),
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 5_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
})

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(groups)
const folder = mkdtempSync(join(tmpdir(), 'fedcheck-mutation-'))
try {
  for (const part of ['harness/matrix', 'fixtures'])
    cpSync(part, join(folder, part), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
  // A property that fails has killed its mutant, whatever the smallest case is; what survives a few cases is looked at anyway.
  writeFileSync(
    join(folder, 'setup.mjs'),
    "import * as fc from 'fast-check'\nfc.configureGlobal({ endOnFailure: true, numRuns: 30 })\n",
  )
  const run = (command, args) => {
    const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages])
  for (const name of names) {
    const group = groups[name]
    if (group === undefined) throw new Error(`no group ${name}: ${Object.keys(groups).join(', ')}`)
    writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify(config(group)))
    run('npx', ['stryker', 'run'])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
