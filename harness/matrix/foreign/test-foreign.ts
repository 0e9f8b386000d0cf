import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Json } from '../event.ts'

/** A Python that has matrix-synapse installed; without it there is nobody to compare with. See .ci/foreign.mjs. */
export const python = process.env['FEDCHECK_FOREIGN_PYTHON']
export const seed = Number(process.env['FEDCHECK_FOREIGN_SEED'] ?? 1)
/** Part of the full number of cases, for a quick look. */
const share = Number(process.env['FEDCHECK_FOREIGN_SHARE'] ?? 1)

export const casesOf = (full: number): number => Math.ceil(full * share)

export const tell = (line: string): void => {
  process.stdout.write(`      ${line}\n`)
}

interface Waiting {
  readonly resolve: (line: string) => void
  readonly reject: (error: Error) => void
}

/** A script that answers each line with a line, while we think of the next one. */
export class Foreign {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: Waiting[] = []
  #errors = ''

  private constructor(script: string, args: readonly string[]) {
    assert.ok(python !== undefined)
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#child = spawn(python, [path, ...args])
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000)
    })
    const lines = createInterface({ input: this.#child.stdout })
    lines.on('line', (line) => this.#waiting.shift()?.resolve(line))
    this.#child.on('close', () => this.#fail('ended'))
    this.#child.on('error', (error) => this.#fail(error.message))
  }

  static async with(
    [script, ...args]: readonly [script: string, ...args: string[]],
    story: (foreign: Foreign) => Promise<void>,
  ): Promise<void> {
    const foreign = new Foreign(script, args)
    try {
      await story(foreign)
    } finally {
      foreign.#child.kill()
    }
  }

  #fail(why: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${why}: ${this.#errors}`))
  }

  ask(question: unknown): Promise<Json> {
    return this.askText(JSON.stringify(question))
  }

  /** The same where the question is JSON already, on one line. */
  async askText(question: string): Promise<Json> {
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(`${question}\n`)
    })
    const answer: Json = JSON.parse(line)
    return answer
  }
}

/** How many questions are on their way at once: enough that nobody waits for the other. */
const ahead = 8

/**
 * Asks about one case after the other and judges the answers, in order, until one shows a difference. `judge` answers what
 * has to be said of it.
 */
export async function compareAll<Case>(
  cases: Iterable<Case>,
  ask: (one: Case) => Promise<Json>,
  judge: (one: Case, answer: Json) => Promise<string | undefined> | string | undefined,
): Promise<void> {
  const open: Promise<string | undefined>[] = []
  const next = async (): Promise<void> => {
    const told = await open.shift()
    if (told === undefined) return
    await Promise.allSettled(open)
    assert.fail(told)
  }
  for (const one of cases) {
    open.push(ask(one).then((answer) => judge(one, answer)))
    if (open.length >= ahead) await next()
  }
  while (open.length > 0) await next()
}
