import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from '../matrix/event.ts'
import { Inconclusive, Refused } from '../world/errors.ts'
import { CallError, textIn, valueIn } from './client.ts'
import type { Answered, Method } from './client.ts'
import { TargetGone } from './errors.ts'
import { lastBreath } from './process.ts'
import type { Target } from './target.ts'

/** How many patiences one answer may take, and how many a request may be put off by rate limits before the refusal counts. */
const PATIENCES = 6
const LEAST_MS = 5_000
/** A story that goes on though it was given up must not keep the others from going on. */
const GIVEN_UP_MS = 100

export interface Deed {
  readonly method: Method
  /** Below `/_matrix/client/v3`, one piece per segment, not yet escaped. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Json
  readonly timeoutMs?: number
}

/** What is told of every request, for the story of the run. */
type Told = (text: string) => void

export interface SessionContext {
  readonly target: Target
  /** Milliseconds that one wait of the story may take. */
  readonly patienceMs: number
  /** Aborted when the world is over. */
  readonly signal: AbortSignal
  readonly told: Told
}

/** One user of the target, logged in; without a token, nobody yet. */
export class Session {
  readonly user: string
  readonly #token: string | undefined
  readonly #context: SessionContext

  constructor(context: SessionContext, user: string, token?: string) {
    this.#context = context
    this.user = user
    this.#token = token
  }

  /**
   * The body of a successful answer. Waits as long as a rate limit asks for.
   * @throws Refused for any other status, TargetGone, or Inconclusive where no complete answer came, or no JSON
   */
  async ask(deed: Deed): Promise<Json | undefined> {
    const { json, problem, status } = await this.answerTo(deed)
    const what = `${this.user || 'a new user'}: ${deed.method} /${deed.path.join('/')}`
    if (status >= 200 && status < 300 && problem === undefined) return json
    const garbage = problem === undefined ? undefined : `the answer is not JSON: ${problem}`
    if (status >= 200 && status < 300) throw new Inconclusive(`${what}: ${garbage}`.slice(0, 500))
    const errcode = textIn(json, 'errcode') ?? 'without errcode'
    const words = textIn(json, 'error') ?? garbage ?? 'no message'
    throw new Refused(status, errcode, `${what}: ${words}`.slice(0, 500))
  }

  /** Any answer but a rate limit's. */
  async answerTo(deed: Deed): Promise<Answered> {
    const end = performance.now() + this.#boundMs
    for (;;) {
      const answer = await this.#once(deed)
      const pause = retryAfter(answer)
      if (answer.status !== 429 || performance.now() + pause > end) return answer
      await delay(pause, undefined, { signal: this.#context.signal }).catch(() => undefined)
    }
  }

  get #boundMs(): number {
    return Math.max(LEAST_MS, PATIENCES * this.#context.patienceMs)
  }

  async #once(deed: Deed): Promise<Answered> {
    const { target, signal, told } = this.#context
    const began = performance.now()
    try {
      const answer = await target.client.call({
        method: deed.method,
        path: pathOf(deed),
        signal,
        timeoutMs: deed.timeoutMs ?? this.#boundMs,
        ...(this.#token === undefined ? {} : { token: this.#token }),
        ...(deed.body === undefined ? {} : { body: deed.body }),
      })
      const ms = Math.round(performance.now() - began)
      told(`${this.user} ${deed.method} /${deed.path.join('/')} ${answer.status} ${ms} ms`)
      return answer
    } catch (error) {
      return await explained(error, target)
    }
  }
}

async function explained(error: unknown, target: Target): Promise<never> {
  if (!(error instanceof CallError)) throw error
  if (error.code === 'abandoned') await delay(GIVEN_UP_MS)
  if (error.code === 'unreachable') await lastBreath(target.exited)
  if (!target.alive()) throw new TargetGone(target.serverName, await target.exited)
  throw new Inconclusive(`no answer of ${target.serverName} to its user: ${error.message}`, {
    cause: error,
  })
}

function pathOf(deed: Deed): string {
  const path = deed.path.map((segment) => encodeURIComponent(segment)).join('/')
  const query = new URLSearchParams(deed.query).toString()
  return `/_matrix/client/v3/${path}${query === '' ? '' : `?${query}`}`
}

/** Milliseconds that a 429 asks to wait, in its body or in its header. */
function retryAfter(answer: Answered): number {
  const body = valueIn(answer.json, 'retry_after_ms')
  const header = Number(answer.headers['retry-after'])
  const asked = typeof body === 'number' ? body : header * 1_000
  return Number.isFinite(asked) ? Math.max(asked, 20) : 500
}
