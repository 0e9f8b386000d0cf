import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { TargetError } from './errors.ts'

const KEPT_LINES = 30

export interface Ran {
  readonly code: number | null
  /** Its last lines, of both streams. */
  readonly tail: string
}

/** Runs a program to its end; every line that it prints goes to `onLine`. Rejects when it cannot be started. */
export function run(
  command: readonly [string, ...string[]],
  onLine: (line: string) => void = () => undefined,
): Promise<Ran> {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const tail: string[] = []
  const take = (line: string) => {
    tail.push(line)
    if (tail.length > KEPT_LINES) tail.shift()
    onLine(line)
  }
  createInterface({ input: child.stdout }).on('line', take)
  createInterface({ input: child.stderr }).on('line', take)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, tail: tail.join('\n') }))
  })
}

/**
 * Makes a virtual environment in `folder` with the system's Python.
 * @throws TargetError `install-failed` when Python or its venv module is missing or too old
 */
export async function makeVirtualEnvironment(folder: string, atLeast: string): Promise<string> {
  const python = await findPython(atLeast)
  const made = await run([python, '-m', 'venv', folder])
  if (made.code === 0) return `${folder}/bin/python`
  throw new TargetError('install-failed', `${python} -m venv failed`, {
    advice:
      'Python is there, but not its venv module with pip. On Debian and Ubuntu: apt install python3-venv.',
    logTail: made.tail,
  })
}

async function findPython(atLeast: string): Promise<string> {
  const [major, minor] = atLeast.split('.')
  const question = `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`
  const advice = `Install Python ${atLeast} or newer with its venv module, as python3 on the PATH.`
  const asked = await run(['python3', '-c', question]).catch(() => undefined)
  if (asked === undefined) {
    throw new TargetError('install-failed', 'there is no python3 on the PATH', { advice })
  }
  if (asked.code !== 0) {
    const { tail } = await run(['python3', '--version'])
    throw new TargetError('install-failed', `python3 is too old: ${tail}`, { advice })
  }
  return 'python3'
}
