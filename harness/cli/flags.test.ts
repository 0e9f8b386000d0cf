import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf, runJson, suite } from './test-cli.ts'

const patienceMs = 120_000
const passes = suite('must.equal(target.isTarget, true)')
const fails = suite('must.equal(1, 2)')

const tell = async (files: Readonly<Record<string, string>>, ...flags: readonly string[]) => {
  const folder = folderOf(files)
  const output = join(folder, 'report')
  const args = ['run', '--suites', folder, '--output', output]
  const ended = await fedcheck([...args, ...flags])
  return { ...ended, output, again: () => fedcheck([...args, '--last-failed']) }
}
const statuses = (output: string): readonly string[] =>
  runJson(output)
    .checks.filter(({ id }) => !id.startsWith('ambient/'))
    .map(({ outcome }) => outcome.status)

const malformed = (more: string): string =>
  suite(
    `await peer.request(target, 'getMissingEvents', { params: { roomId: '!r:x' }, body: { limit: 'x' }${more} })`,
  )

describe('the flags of run', () => {
  it('stop after the first failure, and tell only what failed the next time', async () => {
    const files = { 'a/a.ts': passes, 'a/b.ts': fails, 'a/c.ts': passes }
    const ended = await tell(files, '-x', '--workers', '1')
    assertCode(ended, 1)
    assert.deepEqual(statuses(ended.output), ['passed', 'failed', 'skipped'])
    assert.match(ended.stdout, /- a\/c\/story {2}skipped: 1 check had failed/)
    assertCode(await ended.again(), 1)
    assert.deepEqual(statuses(ended.output), ['failed'])
  }).timeout(patienceMs)

  it('repeat every check, and take the worst for what it is', async () => {
    const flaky = `let tellings = 0\n${suite('tellings += 1; must.equal(tellings, 1)')}`
    const ended = await tell({ 'a/a.ts': flaky }, '--repeat', '2', '--reporter', 'dot')
    assertCode(ended, 1)
    assert.deepEqual(runJson(ended.output).checks[0]?.repeats, ['passed', 'failed'])
    assert.match(ended.stdout, /^F$/m)
  }).timeout(patienceMs)

  it('give a world its room version, its fresh servers and its network', async () => {
    const story = `import { must, scenario } from 'fedcheck'
scenario('a story', {
  id: 'story', proves: 'seed.S25', seats: ['hs1', 'hs2'], peers: 2,
  async run({ hs1, hs2, hs3, target, peer, peer2, version, fabric }) {
    must.equal([hs1, hs2].filter((one) => one === target).length, 1)
    must.equal([hs1, hs2].filter((one) => one === peer).length, 1)
    must.equal(hs3, peer2)
    must.equal(version.id, '11')
    await fabric.faulty({ from: peer, to: peer2 }, { do: 'answer', status: 503 }, async () => {
      must.equal((await peer.request(peer2, 'version')).status, 503)
    })
  },
})
`
    const ended = await tell({ 'a/a.ts': story }, '--room-versions', '11')
    assertCode(ended, 0)
    assert.deepEqual(
      runJson(ended.output)
        .checks.slice(0, 2)
        .map(({ id }) => id),
      ['a/a/story[v11,hs1]', 'a/a/story[v11,hs2]'],
    )
  }).timeout(patienceMs)

  it('know when the experiment did not take place, or the story asks for too much', async () => {
    const files = {
      'a/a.ts': suite(
        'await fabric.faulty({ from: peer, to: target }, { do: "reset" }, async () => {})',
      ),
      'a/b.ts': suite('').replace('async run({ target, peer, fabric })', 'async run({ hs1 })'),
      'a/c.ts': suite('').replace('async run({ target, peer, fabric })', 'async run({ peer2 })'),
      'a/d.ts': malformed(''),
      'a/e.ts': malformed(', deliberate: true'),
    }
    const ended = await tell(files, '--timeout-scale', '0.1')
    assertCode(ended, 4)
    assert.deepEqual(statuses(ended.output), [
      'inconclusive',
      'errored',
      'errored',
      'errored',
      'passed',
    ])
    assert.match(ended.stdout, /our own request of getMissingEvents in exchange \d+ breaks ss\./)
    assert.match(ended.stdout, /this never acted on anything: reset/)
    assert.match(ended.stdout, /the story has no seats, so nobody is hs1/)
    assert.match(ended.stdout, /the story has no peer2: it has to say peers: 2/)
  }).timeout(patienceMs)
})

describe('fedcheck', () => {
  it('explains requirements and scenarios, and lists checks', async () => {
    const folder = folderOf({ 'a/a.ts': fails })
    const explained = await fedcheck(['explain', 'seed.S25', '--suites', folder])
    assertCode(explained, 0)
    assert.match(explained.stdout, /^seed\.S25 · MUST\n[^]*Shown by\n {2}a\/a\/story$/m)
    const scenario = await fedcheck(['explain', 'a/a/story', '--suites', folder])
    assert.match(scenario.stdout, /^a\/a\/story · MUST\n {2}a story\n/)
    const unknown = await fedcheck(['explain', 'seed.SS25', '--suites', folder])
    assertCode(unknown, 2)
    assert.match(unknown.stderr, /Did you mean seed\.S25\?/)
    const listed = await fedcheck(['list', '--json', '--suites', folder])
    assertCode(listed, 0)
    assert.deepEqual(JSON.parse(listed.stdout), [
      {
        id: 'a/a/story',
        scenario: 'a/a/story',
        title: 'a story',
        level: 'MUST',
        proves: ['seed.S25'],
      },
    ])
    assertCode(await fedcheck(['list', 'b*', '--suites', folder]), 5)
  }).timeout(patienceMs)

  it('loads suites of every kind, and says which is at fault', async () => {
    const folder = folderOf({
      'b/second.mts': passes,
      'a/first.mjs': passes,
      'a/first.test.ts': passes,
      'a/rows.ts': 'export const rows = []',
      'a/notes.md': 'no suite',
      'node_modules/x/y.mjs': passes,
    })
    const listed = await fedcheck(['list', '--suites', folder])
    assertCode(listed, 0)
    assert.equal(listed.stdout, 'a/first/story\nb/second/story\n')
    const cases: readonly (readonly [string, RegExp])[] = [
      ["throw new Error('broken')", /suite a\/a\.ts does not load: Error: broken/],
      [passes.replace("'story'", "'Story'"), /a suite is at fault: a\/a\/Story: an id is made of/],
      [passes.replace('seed.S25', 'seed.S99'), /a\/a\/story proves seed\.S99, which is no requ/],
    ]
    for (const [source, words] of cases) {
      const ended = await fedcheck(['list', '--suites', folderOf({ 'a/a.ts': source })])
      assertCode(ended, 4)
      assert.match(ended.stderr, words)
    }
  }).timeout(patienceMs)

  it('makes the reports of a run again', async () => {
    const ended = await tell({ 'a/a.ts': fails })
    const again = folderOf()
    const told = await fedcheck(['report', ended.output, '--output', again])
    assertCode(told, 0)
    assert.ok(told.stdout.includes(join(again, 'report.html')))
    assert.deepEqual(runJson(again), runJson(ended.output))
    assertCode(await fedcheck(['report', join(again, 'nowhere')]), 2)
  }).timeout(patienceMs)

  it('prints help for every command, with an example', async () => {
    const names = ['run', 'list', 'explain', 'report', 'baseline', 'target', 'serve']
    for (const name of names) {
      const { code, stdout } = await fedcheck([name, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, /Examples?:\n {2}fedcheck /, name)
    }
    const all = await fedcheck(['--help'])
    assert.match(all.stdout, /Examples:[^]*Exit codes:/)
    assertCode(await fedcheck([]), 2)
  }).timeout(patienceMs)
})
