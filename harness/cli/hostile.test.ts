import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf, runJson, suite } from './test-cli.ts'
import { hostileTarget } from './test-hostile-target.ts'

const bin = fileURLToPath(new URL('./fedcheck.js', import.meta.url))

/** Every test starts the real command line. */
const patienceMs = 120_000
const repository = fileURLToPath(new URL('../..', import.meta.url))

// Those that take longest come first.
const answers = [
  'hang',
  'drip',
  'gib',
  'endless',
  'deep',
  'wide',
  'utf8',
  'empty',
  'header',
  'html',
  'redirect',
  'garbage',
  'half',
  'null',
]

/** A story for each of `names`, told to the target alone. */
const stories = (names: readonly string[], body: string, patience = 500): string =>
  `import { must, scenario } from 'fedcheck'
for (const name of ${JSON.stringify(names)}) scenario(\`a target that does \${name}\`, {
  id: name, proves: 'seed.S25', anyVersion: true, patience: ${patience},
  async run({ target, peer }) { ${body} },
})
`

interface Told {
  /** Check id without the folder → status. */
  readonly statuses: Readonly<Record<string, string>>
  readonly code: number | null
  readonly last: readonly string[]
  readonly output: string
  readonly stderr: string
  /** Most memory that fedcheck had at any time, in MiB. */
  readonly peak: number
}

async function tell(files: Readonly<Record<string, string>>, target: string): Promise<Told> {
  const folder = folderOf(files)
  const output = join(folder, 'report')
  let peak = 0
  const args = ['run', '--suites', folder, '--output', output, '--workers', '24']
  const { code, stderr, last } = await fedcheck([...args, '--target', target], {
    cwd: repository,
    started: (child) => {
      child.stdout?.on('data', () => {
        peak = Math.max(peak, mostMemory(child.pid ?? 0))
      })
    },
  })
  const statuses = Object.fromEntries(
    runJson(output).checks.map(({ id, outcome }) => [id.replace('area/', ''), outcome.status]),
  )
  return { statuses, code, last, output, stderr, peak }
}

/** In MiB; 0 where the system does not tell or the process is gone. */
function mostMemory(pid: number): number {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return 0
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const federation = stories(
  answers,
  `const params = { txnId: 'deed-' + name }
   const body = { origin: peer.name, origin_server_ts: 1, pdus: [] }
   const { pdus } = must.answer(await peer.request(target, 'send', { params, body, deliberate: true }))
   must.that(typeof pdus === 'object', 'the answer is of use')`,
)
const clients = stories(
  answers,
  "must.that((await target.profile('@deed-' + name + ':x')).displayname === 'x', 'there is a profile')",
)
/** What is wrong is refused, or the connection broken; what is wrong with one event is said in its result. Afterwards all is as before. */
const requests = stories(
  ['gib', 'endless', 'deep', 'wide', 'utf8', 'empty', 'header', 'large', 'many'],
  `const query = { sends: name, to: peer.name }
   const { said } = must.answer(await peer.request(target, 'version', { query, deliberate: true }))
   const expected = name === 'large' ? /^200$/ : /^4..$|ECONNRESET|EPIPE|socket hang up/
   must.that(expected.test(said), name + ' was answered ' + said)
   const room = await peer.createRoom()
   await target.join(room, peer)`,
  // What is refused for its size takes a while to be sent.
  5_000,
)

const each = (folder: string, names: readonly string[], status: string) =>
  Object.fromEntries(names.map((name) => [`${folder}/${name}`, status]))

describe('a hostile target', () => {
  it('fails by its answers, keeps nothing from being told, and does not fill the memory', async () => {
    const files = {
      'area/asked.ts': federation,
      'area/asks.ts': requests,
      'area/driven.ts': clients,
    }
    const told = await tell(files, hostileTarget())
    const own = Object.entries(told.statuses).filter(([id]) => !id.startsWith('ambient/'))
    // Its users got no answer; what they were told clearly, if wrongly, counts against it.
    assert.deepEqual(Object.fromEntries(own), {
      ...each('asked', answers, 'failed'),
      ...each('asks', ['gib', 'endless', 'deep', 'wide', 'utf8', 'empty'], 'passed'),
      ...each('asks', ['header', 'large', 'many'], 'passed'),
      ...each('driven', answers, 'inconclusive'),
      ...each('driven', ['redirect', 'null'], 'failed'),
    })
    assert.equal(told.code, 1, told.stderr)
    assert.match(told.last[1] ?? '', /^exit 1: \d+ × failed MUST; 12 inconclusive$/)
    assert.equal(told.stderr, '')
    assert.ok(told.peak < 1_024, `${Math.round(told.peak)} MiB`)
    const page = readFileSync(join(told.output, 'report.html'), 'utf8')
    for (const name of answers) assert.ok(page.includes(`asked/${name}`), name)
  }).timeout(patienceMs)

  it('that registers nobody leaves everything undecided', async () => {
    const files = { 'area/file.ts': suite('must.equal(target.isTarget, true)') }
    const told = await tell(files, hostileTarget('html', 'register$'))
    assert.deepEqual(told.statuses, { 'file/story': 'inconclusive' })
    assert.equal(told.code, 5, told.stderr)
    assert.match(told.last[1] ?? '', /^exit 5: nothing was decided: 0 skipped, 1 inconclusive/)
  }).timeout(patienceMs)
})

const talks = {
  'area/file.ts': suite(
    `for (let i = 0; i < 50; i += 1) must.answer(await peer.request(target, 'version'))
    console.error('said to whom it may concern')`,
  ),
}

/** By a shell, with what comes after the command; answers what was printed, and what the command left in files. */
async function shell(rest: string) {
  const folder = folderOf(talks)
  const at = (name: string) => join(folder, name)
  const command = [process.execPath, bin, 'run', '--suites', folder, '--output', at('report')]
  const line = `{ ${command.join(' ')}; echo $? >${at('code')}; } ${rest.replace('ERR', at('err'))}`
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line])
  const code = Number(readFileSync(at('code'), 'utf8'))
  const stderr = existsSync(at('err')) ? readFileSync(at('err'), 'utf8') : ''
  return { stdout, stderr, code, status: runJson(at('report')).checks[0]?.outcome.status }
}

describe('a run of which nobody reads the output', () => {
  it('ends as it would, with its report and without a word of complaint', async () => {
    const [seen, blind] = await Promise.all([shell('2>ERR | head -1'), shell('2>&1 | true')])
    assert.match(seen.stdout, /^fedcheck .*\n$/)
    assert.equal(seen.stderr, 'said to whom it may concern\n')
    assert.deepEqual([seen.code, seen.status], [0, 'passed'])
    assert.deepEqual([blind.code, blind.status], [0, 'passed'])
  }).timeout(patienceMs)
})

describe('a disk that is full', () => {
  it('ends the run with 4 and says so', async function () {
    const folder = folderOf(talks)
    const output = join(folder, 'report')
    mkdirSync(output)
    const mount = `mount -t tmpfs -o size=8k none ${output}`
    const probe = spawnSync('unshare', ['-rm', '/bin/sh', '-c', mount])
    // Where no disk of our own can be had, what may be written is bounded: exit-codes.test.ts.
    if (probe.status !== 0) this.skip()
    const command = ['run', '--suites', folder, '--output', output]
    const ended = await fedcheck(command, {
      shell: `exec unshare -rm /bin/sh -c '${mount}; exec "$@"' sh "$@"`,
    })
    assertCode(ended, 4)
    assert.match(ended.last[1] ?? '', /^exit 4: .*the journal cannot be written: ENOSPC/)
    assert.match(ended.stderr, /the report html was not written: .*ENOSPC/)
    assert.doesNotMatch(ended.stderr, /^ +at /m)
  }).timeout(patienceMs)
})
