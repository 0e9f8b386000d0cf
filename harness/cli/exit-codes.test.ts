import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf, runJson, suite } from './test-cli.ts'

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
  })

  it('1 when a MUST is broken, and shows how to see it again', async () => {
    const ended = await tell(fails, '--seed', '4711')
    assertCode(ended, 1)
    assert.equal(ended.last[1], 'exit 1: 1 × failed MUST')
    assert.match(ended.last[0] ?? '', /^\d+ passed, 1 failed, 0 skipped$/)
    assert.match(ended.stdout, /✗ area\/file\/story .*seed\.S25 · MUST/)
    assert.match(ended.stdout, /Again .*run area\/file\/story .*--seed 4711/)
    assert.equal(runJson(ended.output).gate.exitCode, 1)
  })

  it('0 for a broken SHOULD, and 1 where that counts', async () => {
    const should = fails.replace('seed.S25', 'seed.S24')
    const lenient = await tell(should)
    assertCode(lenient, 0)
    assert.match(lenient.last[1] ?? '', /^exit 0: .*1 failed SHOULD/)
    assertCode(await tell(should, '--require', 'should'), 1)
    assertCode(await tell(should, '--strict'), 1)
  })

  it('2 for what cannot be meant, with what may have been', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['rum'], /Did you mean run/],
      [['run', '--tagret', 'x'], /Did you mean --target/],
      [['run', '--target', 'synaps'], /Did you mean synapse/],
      [['run', '--room-versions', '1O'], /Did you mean 10/],
      [['run', 'joinning'], /Did you mean joining/],
      [['run', '--workers', 'many'], /whole number/],
      [['run', '--suites', './nowhere'], /not a folder of suites/],
      [['run', '--baseline', './nowhere.json'], /baseline cannot be read/],
      [['run', '--target', 'embedded:no-such-quirk'], /no-such-quirk/],
    ]
    for (const [args, words] of cases) {
      const ended = await fedcheck(args)
      assertCode(ended, 2)
      assert.match(ended.stderr, words)
    }
  }).timeout(60_000)

  it('3 when the target does not start, with its last words and what to do', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['process:echo no database; exit 7', /code 7[^]*no database/],
      ['process:sleep 30', /answer/],
    ]
    for (const [target, words] of cases) {
      const ended = await tell(passes, '--target', target, '--timeout-scale', '0.05')
      assertCode(ended, 3)
      assert.match(ended.stderr, words)
      assert.match(ended.last[1] ?? '', /^exit 3: /)
      assert.equal(ended.last[0], '0 passed, 0 failed, 0 skipped')
    }
  }).timeout(40_000)

  it('4 when the harness or a suite is at fault', async () => {
    const thrown = await tell(suite('target.nothing.there()'))
    assertCode(thrown, 4)
    assert.match(thrown.last[1] ?? '', /^exit 4: the harness is at fault in 1 check; 1 errored$/)
    assert.match(thrown.stdout, /TypeError/)
    assertCode(await tell('import { nothing } from "fedcheck"\nnothing()'), 4)
    assertCode(await tell(`${passes}${passes.replace(/^import.*$/m, '')}`), 4)
  }).timeout(40_000)

  it('4 when a promise that nobody waits for breaks', async () => {
    const ended = await tell(
      suite(
        "void Promise.reject(new Error('forgotten')); await new Promise((r) => setTimeout(r, 50))",
      ),
    )
    assertCode(ended, 4)
    assert.match(ended.last[1] ?? '', /forgotten/)
    assert.ok(existsSync(join(ended.output, 'report.html')))
  })

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
  })

  it('5 when nothing was executed', async () => {
    const none = await tell(passes, 'nothing/*')
    assertCode(none, 5)
    assert.equal(none.last[0], '0 passed, 0 failed, 0 skipped')
    const skipped = await tell(suite('', "needs: ['restart'],"))
    assertCode(skipped, 5)
    assert.equal(skipped.last[0], '0 passed, 0 failed, 1 skipped')
    assertCode(await tell(suite("throw new Unsupported('not-declared', 'no')")), 5)
    assertCode(await tell(suite("inconclusive('who knows')")), 5)
  }).timeout(40_000)

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
    const { checks, interrupted } = runJson(output)
    assert.equal(interrupted, true)
    assert.deepEqual(
      checks.slice(0, 2).map(({ id, outcome }) => [id, outcome.status]),
      [
        ['area/first/story', 'passed'],
        ['area/second/story', 'inconclusive'],
      ],
    )
    assert.ok(existsSync(join(output, 'report.html')))
  })
})

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
  })

  it('is 1 where a MUST was broken before', async () => {
    const { ended } = await dies(fails)
    assertCode(ended, 1)
    assert.match(ended.last[1] ?? '', /1 × failed MUST; .*exited with code 9/)
  })
})

const gated = async (source: string, entries: readonly object[], ...flags: string[]) => {
  const file = join(folderOf(), 'known.json')
  writeFileSync(file, JSON.stringify({ fedcheck: '0.1.0', entries }))
  return { ...(await tell(source, '--baseline', file, ...flags)), file }
}

describe('a baseline', () => {
  const entry = {
    check: 'area/file/story',
    expect: 'fail',
    fingerprint: 'the name is "<server>", not "somebody else"',
    reason: 'a test',
  }

  it('makes a failure known', async () => {
    const ended = await gated(fails, [entry])
    assertCode(ended, 0)
    assert.match(ended.last[1] ?? '', /1 known/)
    assert.equal(runJson(ended.output).checks[0]?.change, 'known')
  })

  it('is red for a failure that it does not know, with an entry to paste', async () => {
    const ended = await gated(fails, [])
    assertCode(ended, 1)
    assert.match(ended.stdout, /^\{ "check": "area\/file\/story", "expect": "fail", "fing.*"" \}$/m)
  })

  it('is red for what passes again, unless that is softened', async () => {
    assertCode(await gated(passes, [entry]), 1)
    assertCode(await gated(passes, [entry], '--stale', 'warn'), 0)
  })

  it('that cannot be used is no baseline: 2', async () => {
    assertCode(await gated(passes, [{ ...entry, reason: '' }]), 2)
    assertCode(await gated(passes, [{ ...entry, expires: '2020-01-01' }]), 2)
    assertCode(await gated(passes, [{ ...entry, check: 'area/file/gone' }]), 2)
  })

  it('is written from a run, checked and pruned', async () => {
    const ended = await gated(fails, [{ ...entry, check: 'area/file/gone' }])
    assertCode(ended, 2)
    const pruned = await fedcheck([
      'baseline',
      'prune',
      '--file',
      ended.file,
      '--suites',
      ended.folder,
    ])
    assertCode(pruned, 0)
    assert.match(pruned.stdout, /^- \{ "check": "area\/file\/gone"/)
    const run = await tell(fails)
    const args = ['--file', ended.file, '--run', run.output]
    assertCode(await fedcheck(['baseline', 'update', ...args]), 2)
    const updated = await fedcheck(['baseline', 'update', ...args, '--reason', 'upstream'])
    assertCode(updated, 0)
    assert.match(updated.stdout, /^\+ \{ "check": "area\/file\/story"/)
    const checked = ['baseline', 'check', '--file', ended.file, '--suites', ended.folder]
    assertCode(await fedcheck(checked), 0)
    assertCode(await tell(fails, '--baseline', ended.file), 0)
    assert.match(readFileSync(ended.file, 'utf8'), /"reason": "upstream" \}\n {2}\]/)
  }).timeout(60_000)
})
