import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { synapse } from '../../fixtures/targets/synapse.ts'
import { TargetError } from './errors.ts'
import { installSynapse, installedSynapse } from './install.ts'

/** Makes an environment whose own python does what `pip` says. */
const python = (pip: string) => `#!/bin/sh
if [ "$1" = -c ]; then exit 0; fi
/bin/mkdir -p "$3/bin"
printf '#!/bin/sh\\n${pip}\\n' > "$3/bin/python"
/bin/chmod +x "$3/bin/python"`

describe('installSynapse', () => {
  let folder: string
  let lines: string[]
  const { PATH, XDG_CACHE_HOME } = process.env

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fedcheck-install-'))
    lines = []
    await mkdir(join(folder, 'bin'))
    process.env['PATH'] = join(folder, 'bin')
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache')
  })
  afterEach(async () => {
    process.env['PATH'] = PATH
    if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME
    await rm(folder, { recursive: true })
  })

  const givePython = async (script: string) => {
    const file = join(folder, 'bin', 'python3')
    await writeFile(file, script)
    await chmod(file, 0o755)
  }
  const install = () => installSynapse((line) => lines.push(line))
  const failure = async (): Promise<TargetError> => {
    const outcome = await install().catch((error: unknown) => error)
    assert.ok(outcome instanceof TargetError)
    assert.equal(outcome.code, 'install-failed')
    assert.equal(installedSynapse(), undefined)
    return outcome
  }

  it('says what to install where there is no Python', async () => {
    const { message, advice } = await failure()

    assert.match(message, /no python3/)
    assert.match(advice, /Python 3\.\d+ or newer/)
  })

  it('says so where Python is too old', async () => {
    await givePython('#!/bin/sh\nif [ "$1" = -c ]; then exit 1; fi\necho Python 3.6.9')

    assert.match((await failure()).message, /too old: Python 3\.6\.9/)
  })

  it('says what to install where Python lacks venv', async () => {
    await givePython('#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\necho no ensurepip; exit 1')

    const { advice, logTail } = await failure()
    assert.match(advice, /python3-venv/)
    assert.equal(logTail, 'no ensurepip')
  })

  it('leaves nothing behind when pip fails, and does it again the next time', async () => {
    await givePython(python('echo no network; exit 1'))
    assert.match((await failure()).logTail, /no network/)
    assert.deepEqual(await readdir(join(folder, 'cache', 'fedcheck')), [])

    await givePython(python('echo "Collecting $6"; exit 0'))
    const installed = await install()

    assert.equal(installed, join(folder, 'cache', 'fedcheck', `synapse-${synapse.version}`))
    assert.equal(installedSynapse(), installed)
    assert.deepEqual(await readdir(join(folder, 'cache', 'fedcheck')), [
      `synapse-${synapse.version}`,
    ])
    assert.ok(lines.some((line) => line.includes('fetching')))
  })

  it('does nothing where it is installed already', async () => {
    await givePython(python('exit 0'))
    const first = await install()
    await rm(join(folder, 'bin', 'python3'))

    assert.equal(await install(), first)
    assert.match(lines.at(-1) ?? '', /already/)
  })
})
