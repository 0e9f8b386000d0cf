import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Network } from '../fabric/network.ts'
import type { Journal } from '../journal/journal.ts'
import type { Reason, TargetInfo } from '../results/outcome.ts'
import type { Check } from '../scenario/variants.ts'
import { type Proxies, startTarget, type Target } from '../targets/target.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import { unlessAborted } from '../wire/unless-aborted.ts'
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
  /** Resolves when a target's process ends by itself, or `loss` finds that one does not answer. */
  readonly lost: Promise<Loss>
  /** What has become of the targets, if not all of them answer; asks them, which takes a while where one is silent. */
  loss(): Promise<Loss | undefined>
  /**
   * A fresh world for one check. Throws what its story would: the target may refuse a user or be gone. `signal`: gives up
   * whatever waits in it.
   */
  openWorld(check: Check, signal: AbortSignal): Promise<OpenWorld>
  /** Stops the targets and tidies up; answers what could not be torn down. */
  close(): Promise<readonly string[]>
}

/** A target is of no use any more. */
export interface Loss {
  readonly reason: Reason
  /** Which one, why, and its last log lines. */
  readonly why: string
}

/**
 * Sets up what a run needs and starts its targets. What was set up is torn down again when a later task fails, or when
 * `signal` is aborted. Throws TargetError.
 */
export async function openLab(options: LabOptions, signal: AbortSignal): Promise<Lab> {
  const tasks = new Tasks()
  try {
    const lab = await unlessAborted(signal, setUp(tasks, options))
    if (lab === undefined) throw new Error('interrupted')
    return lab
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

/** A target that answers none of its clients for this long, times the scale, does so no more. */
const silenceMs = 15_000
const leastSilenceMs = 5_000

class OpenLab implements Lab {
  readonly infos: readonly TargetInfo[]
  readonly lost: Promise<Loss>
  readonly #bench: Bench
  readonly #tasks: Tasks
  #lose: (loss: Loss) => void = () => undefined
  /** While it is being found out. */
  #asking: Promise<Loss | undefined> | undefined

  constructor(bench: Bench, infos: readonly TargetInfo[], tasks: Tasks) {
    this.infos = infos
    this.#bench = bench
    this.#tasks = tasks
    this.lost = new Promise((resolve) => {
      this.#lose = resolve
    })
    for (const target of bench.targets) void target.exited.then(() => this.#died(target))
  }

  async loss(): Promise<Loss | undefined> {
    this.#asking ??= this.#ask()
    try {
      return await this.#asking
    } finally {
      this.#asking = undefined
    }
  }

  async #ask(): Promise<Loss | undefined> {
    const { targets, timeoutScale } = this.#bench
    const patienceMs = Math.max(leastSilenceMs, silenceMs * timeoutScale)
    const losses = await Promise.all(
      targets.map(async (target) => {
        if (await target.responds(patienceMs)) return undefined
        return target.alive() ? this.#silent(target, patienceMs) : this.#died(target)
      }),
    )
    return losses.find((loss) => loss !== undefined)
  }

  async #died({ exited, spec }: Target): Promise<Loss> {
    return this.#known({
      reason: { code: 'target-died', text: 'the target died' },
      why: `the target ${spec} ${await exited}`,
    })
  }

  #silent(target: Target, patienceMs: number): Loss {
    const tail = target.logTail()
    return this.#known({
      reason: { code: 'target-silent', text: 'the target answers nothing any more' },
      why: `the target ${target.spec} answered nothing for ${patienceMs / 1_000} s${tail === '' ? '' : `\nIts last lines:\n${tail}`}`,
    })
  }

  #known(loss: Loss): Loss {
    this.#lose(loss)
    return loss
  }

  openWorld(check: Check, signal: AbortSignal): Promise<OpenWorld> {
    return OpenWorld.open(this.#bench, check, signal)
  }

  async close(): Promise<readonly string[]> {
    await this.#tasks.close()
    return this.#tasks.problems
  }
}
