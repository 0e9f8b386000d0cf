import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf, runJson, suite } from './test-cli.ts'

const schema = new URL('../results/result.schema.json', import.meta.url)
const ajv = new Ajv2020({ strict: true, strictRequired: false })
addFormats.default(ajv)
const isRun = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))

/** Every test starts the real command line, most of them several times. */
const patienceMs = 120_000

/** Tells one suite of one story to the embedded server. */
const tell = async (source: string, ...flags: string[]) => {
  const folder = folderOf({ 'area/file.ts': source })
  const output = join(folder, 'report')
  const ended = await fedcheck(['run', '--suites', folder, '--output', output, ...flags])
  return { ...ended, output, folder }
}
const passes = suite('must.equal(target.isTarget, true)')
const fails = suite("must.equal(target.name, 'somebody else', 'the name')")

describe('fedcheck run ends with', () => {
  it('0 when all is well, and leaves a report', async () => {
    const ended = await tell(passes)
    assertCode(ended, 0)
    assert.match(ended.last[0] ?? '', /^\d+ passed, 0 failed, 0 skipped$/)
    assert.equal(ended.last[1], 'exit 0: no MUST is broken')
    assert.equal(ended.last[2], `report: ${join(ended.output, 'report.html')}`)
    for (const name of ['events.ndjson', 'run.json', 'report.html', 'junit.xml', 'target-1.log'])
      assert.ok(existsSync(join(ended.output, name)), name)
    assert.match(ended.stdout, /✓ area\/file\/story/)
    const text = readFileSync(join(ended.output, 'run.json'), 'utf8')
    assert.equal(isRun(JSON.parse(text)), true, JSON.stringify(isRun.errors))
  }).timeout(patienceMs)

  it('1 when a MUST is broken, and shows how to see it again', async () => {
    const ended = await tell(fails, '--seed', '4711')
    assertCode(ended, 1)
    assert.equal(ended.last[1], 'exit 1: 1 × failed MUST')
    assert.match(ended.last[0] ?? '', /^\d+ passed, 1 failed, 0 skipped$/)
    assert.match(ended.stdout, /✗ area\/file\/story .*seed\.S25 · MUST/)
    assert.match(ended.stdout, /Again .*run area\/file\/story .*--seed 4711/)
    assert.equal(runJson(ended.output).gate.exitCode, 1)
  }).timeout(patienceMs)

  it('0 for a broken SHOULD, and 1 where that counts', async () => {
    const should = fails.replace('seed.S25', 'seed.S24')
    const lenient = await tell(should)
    assertCode(lenient, 0)
    assert.match(lenient.last[1] ?? '', /^exit 0: .*1 failed SHOULD/)
    assertCode(await tell(should, '--strict'), 1)
  }).timeout(patienceMs)

  it('2 for what cannot be meant, with what may have been', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['rum'], /Did you mean run/],
      [['run', '--tagret', 'x'], /Did you mean --target/],
      [['run', '--target', 'synaps'], /Did you mean synapse/],
      [['run', '--room-versions', '1O'], /Did you mean 1\b/],
      [['run', 'joinning'], /Did you mean joining/],
      [['run', '--workers', 'many'], /whole number/],
      [['run', '--suites', './nowhere'], /not a folder of suites/],
      [['run', '--baseline', './nowhere.json'], /baseline cannot be read/],
      [['run', '--target', 'embedded:no-such-quirk'], /no-such-quirk/],
    ]
    await Promise.all(
      cases.map(async ([args, words]) => {
        const ended = await fedcheck(args)
        assertCode(ended, 2)
        assert.match(ended.stderr, words)
      }),
    )
  }).timeout(patienceMs)

  it('3 when the target does not start, with its last words and what to do', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['process:echo no database; exit 7', /code 7[^]*no database/],
      ['process:sleep 30', /not ready within 3000 ms/],
    ]
    await Promise.all(
      cases.map(async ([target, words]) => {
        const ended = await tell(passes, '--target', target, '--timeout-scale', '0.05')
        assertCode(ended, 3)
        assert.match(ended.stderr, words)
        assert.match(ended.last[1] ?? '', /^exit 3: /)
        assert.equal(ended.last[0], '0 passed, 0 failed, 0 skipped')
      }),
    )
  }).timeout(patienceMs)

  it('4 when the harness or a suite is at fault', async () => {
    const thrown = await tell(suite('target.nothing.there()'))
    assertCode(thrown, 4)
    assert.match(thrown.last[1] ?? '', /^exit 4: the harness is at fault in 1 check; 1 errored$/)
    assert.match(thrown.stdout, /TypeError/)
    assertCode(await tell('import { nothing } from "fedcheck"\nnothing()'), 4)
    assertCode(await tell(`${passes}${passes.replace(/^import.*$/m, '')}`), 4)
  }).timeout(patienceMs)

  it('4 when a promise that nobody waits for breaks', async () => {
    const ended = await tell(
      suite(
        "void Promise.reject(new Error('forgotten')); await new Promise((r) => setTimeout(r, 50))",
      ),
    )
    assertCode(ended, 4)
    assert.match(ended.last[1] ?? '', /at fault in 1 check/)
    assert.match(ended.stdout, /! area\/file\/story .*left something behind.*forgotten/)
    assert.ok(existsSync(join(ended.output, 'report.html')))
  }).timeout(patienceMs)

  it('4 when the journal cannot be written', async () => {
    const chatter = suite(
      "for (let i = 0; i < 200; i += 1) await peer.request(target, 'version', {})",
    )
    const folder = folderOf({ 'area/file.ts': chatter })
    const ended = await fedcheck(['run', '--suites', folder, '--output', join(folder, 'report')], {
      shell: 'ulimit -f 64',
    })
    assertCode(ended, 4)
    assert.match(ended.last[1] ?? '', /journal cannot be written/)
  }).timeout(patienceMs)

  it('5 when nothing was executed', async () => {
    const none = await tell(passes, 'nothing/*')
    assertCode(none, 5)
    assert.equal(none.last[0], '0 passed, 0 failed, 0 skipped')
    const folder = folderOf({
      'area/a.ts': suite('', "needs: ['restart'],"),
      'area/b.ts': suite("throw new Unsupported('not-declared', 'no')"),
      'area/c.ts': suite("inconclusive('who knows')"),
    })
    const args = ['run', '--suites', folder, '--output', join(folder, 'report')]
    const undecided = await fedcheck(args)
    assertCode(undecided, 5)
    assert.equal(
      undecided.last[1],
      'exit 5: nothing was decided: 2 skipped, 1 inconclusive; 1 inconclusive',
    )
    assert.equal(undecided.last[0], '0 passed, 0 failed, 2 skipped')
  }).timeout(patienceMs)

  it('130 when interrupted, with a report of what was done and nothing left running', async () => {
    const folder = folderOf({
      'area/first.ts': passes,
      'area/second.ts': suite("console.error('hanging'); await new Promise(() => undefined)"),
    })
    const output = join(folder, 'report')
    const ended = await fedcheck(['run', '--suites', folder, '--output', output], {
      started: (child) =>
        child.stderr?.on('data', (chunk) => {
          if (String(chunk).includes('hanging')) child.kill('SIGINT')
        }),
    })
    assertCode(ended, 130)
    assert.match(ended.last[1] ?? '', /^exit 130: interrupted/)
    const { checks, interrupted, target } = runJson(output)
    assert.equal(interrupted, true)
    assert.deepEqual(
      checks.slice(0, 2).map(({ id, outcome }) => [id, outcome.status]),
      [
        ['area/first/story', 'passed'],
        ['area/second/story', 'inconclusive'],
      ],
    )
    assert.ok(existsSync(join(output, 'report.html')))
    await assert.rejects(connected(target.serverName), /ECONNREFUSED/)
  }).timeout(patienceMs)
})

function connected(serverName: string): Promise<void> {
  const [host = '', port] = serverName.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => {
      socket.destroy()
      resolve()
    }).once('error', reject)
  })
}

/** A target that ends when a file appears. */
const mortal = (file: string): string => {
  const main = fileURLToPath(new URL('../reference/serve-main.ts', import.meta.url))
  return `process:node --import tsx ${main} --name "$FEDCHECK_SERVER_NAME" --listen "$FEDCHECK_SERVER_NAME" --tls-cert "$FEDCHECK_TLS_CERT" --tls-key "$FEDCHECK_TLS_KEY" --ca "$FEDCHECK_CA" & until [ -e ${file} ]; do sleep 0.05; done; kill -9 $!; exit 9`
}

const dies = async (first: string) => {
  const folder = folderOf()
  const file = join(folder, 'die')
  const kill = `const { writeFileSync } = await import('node:fs'); writeFileSync(${JSON.stringify(file)}, ''); await new Promise(() => undefined)`
  const suites = folderOf({
    'area/a.ts': first,
    'area/b.ts': suite(kill),
    'area/c.ts': passes,
  })
  const output = join(folder, 'report')
  const args = ['run', '--suites', suites, '--output', output, '--workers', '1']
  const repository = fileURLToPath(new URL('../..', import.meta.url))
  const ended = await fedcheck([...args, '--target', mortal(file)], { cwd: repository })
  return { ended, run: runJson(output), output }
}

describe('a target that dies in the middle', () => {
  it('leaves running checks inconclusive and the rest skipped: 3', async () => {
    const { ended, run, output } = await dies(passes)
    assertCode(ended, 3)
    assert.match(ended.last[1] ?? '', /exited with code 9/)
    const statuses = run.checks.slice(0, 3).map(({ outcome }) => outcome.status)
    assert.deepEqual(statuses, ['passed', 'inconclusive', 'skipped'])
    assert.deepEqual(run.checks[2]?.outcome.because, {
      code: 'target-died',
      text: 'the target died',
    })
    assert.ok(existsSync(join(output, 'report.html')))
  }).timeout(patienceMs)

  it('is 1 where a MUST was broken before', async () => {
    const { ended } = await dies(fails)
    assertCode(ended, 1)
    assert.match(ended.last[1] ?? '', /1 × failed MUST; .*exited with code 9/)
  }).timeout(patienceMs)
})

const entry = {
  check: 'area/file/story',
  expect: 'fail',
  fingerprint: 'the name is "<server>", not "somebody else"',
  reason: 'a test',
}
const baselineOf = (...entries: readonly object[]): string => {
  const file = join(folderOf(), 'known.json')
  writeFileSync(file, JSON.stringify({ fedcheck: '0.1.0', entries }))
  return file
}

describe('a baseline', () => {
  it('makes a failure known that is red without it, and is red when it passes again', async () => {
    const file = baselineOf()
    const unknown = await tell(fails, '--baseline', file)
    assertCode(unknown, 1)
    assert.match(
      unknown.stdout,
      /^\{ "check": "area\/file\/story", "expect": "fail", "fing.*"" \}$/m,
    )

    const args = ['baseline', 'update', '--file', file, '--run', unknown.output]
    assertCode(await fedcheck(args), 2)
    const updated = await fedcheck([...args, '--reason', 'upstream'])
    assertCode(updated, 0)
    assert.match(updated.stdout, /^\+ \{ "check": "area\/file\/story"/)
    assert.match(readFileSync(file, 'utf8'), /"reason": "upstream" \}\n {2}\]/)

    const known = await tell(fails, '--baseline', file)
    assertCode(known, 0)
    assert.match(known.last[1] ?? '', /1 known/)
    assert.equal(runJson(known.output).checks[0]?.change, 'known')

    const stale = await tell(passes, '--baseline', file)
    assertCode(stale, 1)
    assert.match(stale.last[1] ?? '', /1 × stale entry in the baseline/)
  }).timeout(patienceMs)

  it('that cannot be used is no baseline: 2', async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ ...entry, reason: '' }, /a reason is needed/],
      [{ ...entry, expires: '2020-01-01' }, /expired on 2020-01-01/],
      [{ ...entry, check: 'area/file/gone' }, /no suite has the check area\/file\/gone/],
    ]
    await Promise.all(
      cases.map(async ([spoiled, words]) => {
        const ended = await tell(passes, '--baseline', baselineOf(spoiled))
        assertCode(ended, 2)
        assert.match(ended.stderr, words)
      }),
    )
  }).timeout(patienceMs)

  it('is checked and pruned', async () => {
    const suites = folderOf({ 'area/file.ts': passes })
    const file = baselineOf(entry, { ...entry, check: 'area/file/gone' })
    const flags = ['--file', file, '--suites', suites]
    assertCode(await fedcheck(['baseline', 'check', ...flags]), 2)
    const pruned = await fedcheck(['baseline', 'prune', ...flags])
    assertCode(pruned, 0)
    assert.match(pruned.stdout, /^- \{ "check": "area\/file\/gone"/)
    assertCode(await fedcheck(['baseline', 'check', ...flags]), 0)
  }).timeout(patienceMs)
})
