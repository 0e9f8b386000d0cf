// Packs the package, installs it into an empty folder and uses it there as a stranger would.
// Arguments: Node binaries to run it with; none: this one.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const nodes = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath]
const folder = mkdtempSync(join(tmpdir(), 'fedcheck-pack-'))
const npm = (args, cwd) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], '.'))
  const unwanted = packed.files.filter(({ path }) =>
    /\.test\.|\/test-[^/]+$|(^|\/)node_modules\//.test(path),
  )
  assert.deepEqual(unwanted, [], 'the package holds what no user needs')

  writeFileSync(join(folder, 'package.json'), '{"name":"stranger","private":true,"type":"module"}')
  npm(['install', '--no-audit', '--no-fund', join(folder, packed.filename)], folder)
  writeFileSync(
    join(folder, 'types.mts'),
    "import { must, scenario } from 'fedcheck'\nscenario('t', { id: 'i', proves: 'seed.S01', async run({ peer }) { must.equal(peer.name, '') } })\n",
  )
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
  execFileSync(
    process.execPath,
    [
      tsc,
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--skipLibCheck',
      'false',
      '--types',
      'node',
      '--typeRoots',
      join(process.cwd(), 'node_modules/@types'),
      'types.mts',
    ],
    { cwd: folder, stdio: 'inherit' },
  )

  for (const node of nodes) {
    const run = (...args) =>
      spawnSync(node, [join(folder, 'node_modules/fedcheck/harness/cli/fedcheck.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      })
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
    assert.equal(run('--version').stdout.trim(), packed.version, `${version}: --version`)
    const done = run('run', 'joining/*')
    assert.equal(done.status, 0, `${version}: ${done.stdout}\n${done.stderr}`)
    assert.doesNotMatch(done.stderr, /Warning/, `${version} warns`)
    assert.match(done.stdout.trim().split('\n').at(-1), /^\d+ passed, 0 failed, \d+ skipped$/)
    console.log(`${version}: ${done.stdout.trim().split('\n').at(-1)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
