import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { synapse } from '../../fixtures/targets/synapse.ts'
import { TargetError } from './errors.ts'
import { makeVirtualEnvironment, run } from './python.ts'

/** Where fetched servers are kept: `fedcheck` in XDG_CACHE_HOME, or in `~/.cache`. */
function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME']
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'fedcheck')
}

/** The folder of an installed Synapse; undefined where there is none. */
export function installedSynapse(): string | undefined {
  const folder = synapseFolder()
  return existsSync(folder) ? folder : undefined
}

/**
 * Fetches Synapse from PyPI, unless it is there already, and answers its folder. It is made beside its place and moved
 * there when complete, so that a half install is never taken for a whole one and two at once do no harm.
 * @throws TargetError `install-failed`
 */
export async function installSynapse(progress: (line: string) => void): Promise<string> {
  const folder = synapseFolder()
  const what = `${synapse.package} ${synapse.version}`
  if (existsSync(folder)) {
    progress(`${what} is already in ${folder}`)
    return folder
  }
  const unfinished = `${folder}.${process.pid}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(cacheFolder(), { recursive: true })
  try {
    progress(`making a virtual environment in ${folder}`)
    const python = await makeVirtualEnvironment(unfinished, synapse.python)
    progress(`installing ${what} from PyPI: about 40 MB to fetch, 250 MB on disk`)
    await pipInstall(python, progress)
    await moveInto(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  progress(`${what} is ready in ${folder}`)
  return folder
}

async function pipInstall(python: string, progress: (line: string) => void): Promise<void> {
  const wanted = `${synapse.package}==${synapse.version}`
  const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off']
  const done = await run([python, '-m', 'pip', 'install', ...options, wanted], (line) => {
    const fetched = /^Collecting ([\w.-]+)/.exec(line)?.[1]
    if (fetched !== undefined) progress(`  fetching ${fetched}`)
    if (line.startsWith('Installing collected packages')) progress('  unpacking')
  })
  if (done.code === 0) return
  throw new TargetError('install-failed', `pip could not install ${wanted}`, {
    advice: 'Its last lines say why. It needs PyPI, or a mirror of it that pip is configured for.',
    logTail: done.tail,
  })
}

async function moveInto(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder)
  } catch (error) {
    // Another install was faster.
    if (!existsSync(folder)) throw error
  }
}

function synapseFolder(): string {
  return join(cacheFolder(), `synapse-${synapse.version}`)
}
