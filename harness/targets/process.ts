import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { LogBuffer } from './log-buffer.ts'

/**
 * The shell leads a process group of its own, leaves a watcher in it, and becomes the server. The watcher kills the
 * group when the pipe from the harness closes, which the kernel does however the harness ends.
 */
const GUARD = `exec 3<&0
( trap '' HUP INT TERM; cat <&3 >/dev/null; kill -KILL -$$ ) </dev/null >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-`

const GRACE_MS = 5_000
const LAST_WORDS_MS = 1_000
const LAST_BREATH_MS = 1_000

export interface LaunchOptions {
  /** Program and arguments. */
  readonly command: readonly string[]
  /** Laid over the harness's own environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** Working directory; absent: the harness's own. */
  readonly directory?: string
  /** Its standard output and error are appended here. */
  readonly logFile: string
}

/** A server in a process group of its own. It does not outlive the harness, not even when that is killed by SIGKILL. */
export class ServerProcess {
  /** Resolves with the reason once the whole group has ended; never rejects. */
  readonly exited: Promise<string>
  readonly #child: ChildProcess
  readonly #log: LogBuffer
  #alive = true

  static launch(options: LaunchOptions): ServerProcess {
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...options.command], {
      cwd: options.directory ?? process.cwd(),
      env: { ...process.env, ...options.environment },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return new ServerProcess(child, new LogBuffer(options.logFile))
  }

  private constructor(child: ChildProcess, log: LogBuffer) {
    this.#child = child
    this.#log = log
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk))
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk))
    child.stdin?.on('error', () => undefined)
    this.exited = this.#untilGone()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  alive(): boolean {
    return this.#alive
  }

  logTail(): string {
    return this.#log.tail()
  }

  /** SIGTERM to the group, and SIGKILL when that was not enough. */
  async stop(graceMs = GRACE_MS): Promise<void> {
    if (this.#alive) this.#signal('SIGTERM')
    const timer = new AbortController()
    await Promise.race([this.exited, delay(graceMs, undefined, { signal: timer.signal })])
    timer.abort()
    this.kill()
    await this.exited
  }

  /** SIGKILL to the whole group. */
  kill(): void {
    if (this.#alive) this.#signal('SIGKILL')
  }

  async #untilGone(): Promise<string> {
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()))
    const why = await new Promise<string>((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`))
      this.#child.once('exit', (code, signal) => resolve(describe(code, signal)))
    })
    // The leader is gone, but its watcher, and whatever it started, still make up the group.
    this.#signal('SIGKILL')
    this.#alive = false
    const timer = new AbortController()
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { signal: timer.signal })])
    timer.abort()
    this.#child.stdin?.destroy()
    this.#log.close()
    return why
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, signal)
    } catch {
      // The group has ended in the meantime.
    }
  }
}

/** A broken connection is known before the death that caused it: gives that a moment to become known too. */
export async function lastBreath(exited: Promise<string>): Promise<void> {
  const timer = new AbortController()
  await Promise.race([exited, delay(LAST_BREATH_MS, undefined, { signal: timer.signal })])
  timer.abort()
}

function describe(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`
}
