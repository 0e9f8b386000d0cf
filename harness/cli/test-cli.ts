import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('./fedcheck.js', import.meta.url))

/** What a run of the real command line left behind. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Lines of standard output that are not empty, the last first. */
  readonly last: readonly string[]
}

export interface CliOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Shell commands to run before, in the same process. */
  readonly shell?: string
  /** Gets the process when it has started. */
  readonly started?: (child: ChildProcess) => void
}

export async function fedcheck(
  args: readonly string[],
  { cwd = tmpdir(), environment = {}, shell = ':', started }: CliOptions = {},
): Promise<Ended> {
  const child = spawn(
    '/bin/sh',
    ['-c', `${shell}; exec "$@"`, 'sh', process.execPath, bin, ...args],
    { cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  started?.(child)
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  const last = stdout
    .split('\n')
    .filter((line) => line !== '')
    .toReversed()
  return { code, stdout, stderr, last }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** A new folder of ES modules and other files, by path. */
export function folderOf(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'fedcheck-test-'))
  for (const [path, content] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

/** A suite with one scenario of a target alone, told once, that proves a MUST. */
export const suite = (body: string, more = ''): string =>
  `import { eventually, inconclusive, must, scenario, Unsupported } from 'fedcheck'
scenario('a story', {
  id: 'story', proves: 'seed.S25', anyVersion: true, ${more}
  async run({ target, peer, fabric }) { ${body} },
})
`

export interface RunJson {
  readonly interrupted: boolean
  readonly target: { readonly serverName: string }
  readonly gate: { readonly exitCode: number; readonly because: string }
  readonly checks: readonly {
    readonly id: string
    readonly outcome: { readonly status: string; readonly because?: unknown }
    readonly change?: string
    readonly repeats?: readonly string[]
  }[]
}

export function runJson(folder: string): RunJson {
  const value: RunJson = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  return value
}

/** Exit code, with what was printed where it is another. */
export function assertCode(ended: Ended, code: number): void {
  assert.equal(ended.code, code, `exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`)
}
