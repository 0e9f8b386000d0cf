import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Network } from '../fabric/network.ts'
import type { Journal } from '../journal/journal.ts'
import type { TargetInfo } from '../results/outcome.ts'
import type { Check } from '../scenario/variants.ts'
import { type Proxies, startTarget, type Target } from '../targets/target.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import type { Bench } from './bench.ts'
import { Tasks } from './tasks.ts'
import { OpenWorld } from './world.ts'

export interface LabOptions {
  /** Specifications as of `--target`. */
  readonly targets: readonly string[]
  readonly journal: Journal
  readonly seed: number
  /** Multiplies every wait. */
  readonly timeoutScale: number
  readonly startTimeoutMs: number
  /** Where the targets' logs go when they have stopped; absent: nowhere. */
  readonly logs?: string
}

export interface Lab {
  readonly infos: readonly TargetInfo[]
  /** Resolves when a target's process ends by itself: which one, why, and its last log lines. */
  readonly died: Promise<string>
  /** Whether all targets live; asks them, since a process that was killed a moment ago may not be known to be dead. */
  alive(): Promise<boolean>
  /** A fresh world for one check. Throws what its story would: the target may refuse a user or be gone. */
  openWorld(check: Check): Promise<OpenWorld>
  /** Stops the targets and tidies up; answers what could not be torn down. */
  close(): Promise<readonly string[]>
}

/**
 * Sets up what a run needs and starts its targets. What was set up is torn down again when a later task fails, or when
 * `signal` is aborted. Throws TargetError, or the signal's reason.
 */
export async function openLab(options: LabOptions, signal: AbortSignal): Promise<Lab> {
  const tasks = new Tasks()
  try {
    return await Promise.race([setUp(tasks, options), whenAborted(signal)])
  } catch (error) {
    await tasks.close()
    throw error
  }
}

async function setUp(tasks: Tasks, options: LabOptions): Promise<Lab> {
  const { journal, seed, timeoutScale, startTimeoutMs } = options
  const directory = await tasks.run(
    'make a folder',
    () => mkdtemp(join(tmpdir(), 'fedcheck-')),
    (made) => (made === undefined ? undefined : rm(made, { recursive: true, force: true })),
  )
  const authority = await tasks.run('make the authority', createAuthority)
  const addresses = await tasks.run('find addresses', () => Addresses.detect())
  const targets: Target[] = []
  const outsiders = () => targets.map(({ serverName }) => serverName)
  const network = await tasks.run(
    'make the network',
    () => new Network({ journal, outsiders, patienceMs: 10_000 * timeoutScale }),
    (made) => made?.close(),
  )
  const proxies: Proxies = {
    // What lies between two targets can only be cut where it goes through here. One alone dials what it can: so faults of
    // connections are what they would be without a proxy.
    covers: options.targets.length > 1 ? 'everything' : 'names',
    open: (order) => network.openProxy(order),
  }
  const context = { authority, addresses, directory, proxies, seed, startTimeoutMs }
  for (const [index, spec] of options.targets.entries()) {
    const target = await tasks.run(
      `start the target ${spec}`,
      () => startTarget(spec, context),
      (started) => started && retire(started, options.logs, index),
    )
    targets.push(target)
  }
  const bench = { targets, authority, addresses, network, journal, seed, timeoutScale }
  return new OpenLab(bench, await Promise.all(targets.map((target) => target.info())), tasks)
}

async function retire(target: Target, logs: string | undefined, index: number): Promise<void> {
  await target.stop()
  if (logs === undefined) return
  await copyFile(target.logFile, join(logs, `target-${index + 1}.log`)).catch(() => undefined)
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new Error('interrupted'))
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}

class OpenLab implements Lab {
  readonly infos: readonly TargetInfo[]
  readonly died: Promise<string>
  readonly #bench: Bench
  readonly #tasks: Tasks

  constructor(bench: Bench, infos: readonly TargetInfo[], tasks: Tasks) {
    this.infos = infos
    this.#bench = bench
    this.#tasks = tasks
    this.died = Promise.race(
      bench.targets.map(async ({ spec, exited }) => `the target ${spec} ${await exited}`),
    )
  }

  async alive(): Promise<boolean> {
    const answers = await Promise.all(
      this.#bench.targets.map(async (target) => {
        await target.info().catch(() => undefined)
        return target.alive()
      }),
    )
    return answers.every(Boolean)
  }

  openWorld(check: Check): Promise<OpenWorld> {
    return OpenWorld.open(this.#bench, check)
  }

  async close(): Promise<readonly string[]> {
    await this.#tasks.close()
    return this.#tasks.problems
  }
}
