import type { TargetInfo } from '../results/outcome.ts'
import { CallError, ClientApi, textIn } from './client.ts'
import type { Answered } from './client.ts'
import { prepareCommand } from './command.ts'
import { prepareEmbedded } from './embedded.ts'
import { TargetError } from './errors.ts'
import { preparePlace } from './place.ts'
import type { Kind, Place, TargetContext } from './place.ts'
import { ServerProcess, lastBreath } from './process.ts'
import type { LaunchOptions } from './process.ts'
import { untilReady } from './readiness.ts'
import { keepTemplate, prepareSynapse } from './synapse.ts'

export type { Proxies, TargetContext } from './place.ts'

/** A server under test, running. */
export interface Target {
  readonly spec: string
  readonly serverName: string
  /** `https://ADDRESS:PORT`, for clients. */
  readonly baseUrl: string
  /** Requests of clients, over the run's own authority. */
  readonly client: ClientApi
  /** What it calls itself at `/_matrix/federation/v1/version`; `unknown` where it does not say so in time. Never rejects. */
  info(): Promise<TargetInfo>
  /** Whether it still answers clients, no matter what: asks until `patienceMs` are over, or its process has ended. */
  responds(patienceMs: number): Promise<boolean>
  alive(): boolean
  /** Resolves when its process has ended, however: why, with its last log lines. Never rejects. */
  readonly exited: Promise<string>
  logTail(): string
  /** Milliseconds from its process to its first answer. */
  readonly startMs: number
  /** Its process, so that a run can name it. */
  readonly pid: number | undefined
  /** Its log on disk. */
  readonly logFile: string
  stop(): Promise<void>
}

/** Names that can stand before a colon or alone in a specification, for suggestions. */
const targetNames: readonly string[] = ['embedded', 'embedded:QUIRK', 'synapse', 'process:COMMAND']

const ATTEMPTS = 3
const INFO_MS = 5_000
const PORT_TAKEN = /EADDRINUSE|address (is )?already in use/i

interface Launcher extends Kind {
  prepare(place: Place): LaunchOptions | Promise<LaunchOptions>
  /** Once it is ready, before anybody uses it. */
  started?(place: Place): Promise<void>
}

/**
 * Starts the server that `spec` names (`embedded`, `embedded:QUIRK`, `synapse`, `process:COMMAND`) and comes back when it
 * answers. When that fails nothing is left running.
 * @throws TargetError
 */
export async function startTarget(spec: string, context: TargetContext): Promise<Target> {
  const launcher = launcherOf(spec)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(spec, launcher, context)
    } catch (error) {
      const again = error instanceof TargetError && PORT_TAKEN.test(error.logTail)
      if (!again || attempt === ATTEMPTS) throw error
    }
  }
}

/** @throws TargetError `unknown` */
function launcherOf(spec: string): Launcher {
  const [kind, rest] = splitOnce(spec)
  if (kind === 'embedded' && rest !== '') {
    return {
      label: 'embedded',
      usesProxy: true,
      prepare: (place) => prepareEmbedded(place, rest),
    }
  }
  if (kind === 'synapse' && rest === undefined) {
    return {
      label: 'synapse',
      usesProxy: true,
      prepare: prepareSynapse,
      started: keepTemplate,
    }
  }
  if (kind === 'process' && rest !== undefined && rest.trim() !== '') {
    return {
      label: 'process',
      usesProxy: false,
      prepare: (place) => prepareCommand(place, rest),
    }
  }
  throw new TargetError('unknown', `there is no target ${JSON.stringify(spec)}`, {
    advice: `A target is one of: ${targetNames.join(', ')}.`,
  })
}

function splitOnce(spec: string): [string, string | undefined] {
  const colon = spec.indexOf(':')
  return colon === -1 ? [spec, undefined] : [spec.slice(0, colon), spec.slice(colon + 1)]
}

async function start(spec: string, launcher: Launcher, context: TargetContext): Promise<Target> {
  const place = await preparePlace(launcher, context)
  const launch = await launcher.prepare(place)
  const baseUrl = `https://${place.serverName}`
  const client = new ClientApi(baseUrl, context.authority.certificate)
  const began = performance.now()
  const server = ServerProcess.launch(launch)
  let startMs: number
  try {
    await untilReady({
      address: place.address,
      port: place.port,
      client,
      timeoutMs: context.startTimeoutMs,
      exited: server.exited,
      logTail: () => server.logTail(),
    })
    startMs = performance.now() - began
    await launcher.started?.(place)
  } catch (error) {
    await client.close()
    await server.stop()
    throw error
  }
  return new RunningTarget(spec, { place, client, server, startMs, logFile: launch.logFile })
}

interface Parts {
  readonly place: Place
  readonly client: ClientApi
  readonly server: ServerProcess
  readonly startMs: number
  readonly logFile: string
}

class RunningTarget implements Target {
  readonly spec: string
  readonly serverName: string
  readonly baseUrl: string
  readonly client: ClientApi
  readonly logFile: string
  readonly startMs: number
  readonly exited: Promise<string>
  readonly #server: ServerProcess

  constructor(spec: string, parts: Parts) {
    this.spec = spec
    this.serverName = parts.place.serverName
    this.baseUrl = `https://${parts.place.serverName}`
    this.client = parts.client
    this.logFile = parts.logFile
    this.startMs = parts.startMs
    this.#server = parts.server
    this.exited = parts.server.exited.then((why) => withTail(why, parts.server.logTail()))
  }

  get pid(): number | undefined {
    return this.#server.pid
  }

  async info(): Promise<TargetInfo> {
    const answer = await this.#asked('/_matrix/federation/v1/version', INFO_MS)
    const json = answer?.json
    return {
      spec: this.spec,
      serverName: this.serverName,
      name: textIn(json, 'server', 'name')?.slice(0, 100) ?? 'unknown',
      version: textIn(json, 'server', 'version')?.slice(0, 100) ?? 'unknown',
    }
  }

  async #asked(path: string, timeoutMs: number): Promise<Answered | undefined> {
    try {
      return await this.client.call({ method: 'GET', path, timeoutMs })
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      return undefined
    }
  }

  async responds(patienceMs: number): Promise<boolean> {
    const end = performance.now() + patienceMs
    for (let left = patienceMs; left > 0; left = end - performance.now()) {
      if ((await this.#asked('/_matrix/client/versions', left)) !== undefined) return true
      await lastBreath(this.exited)
      if (!this.alive()) return false
    }
    return false
  }

  alive(): boolean {
    return this.#server.alive()
  }

  logTail(): string {
    return this.#server.logTail()
  }

  async stop(): Promise<void> {
    await this.client.close()
    await this.#server.stop()
  }
}

function withTail(why: string, tail: string): string {
  return tail === '' ? why : `${why}\nIts last lines:\n${tail}`
}
