import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { oracle } from '../oracle/oracle.ts'
import { chosenBy, Lots } from '../reference/choices.ts'
import { defaultLimits } from '../reference/limits.ts'
import { standardParts } from '../reference/parts.ts'
import { ReferencePeer } from '../reference/peer.ts'
import type { Stage } from '../scenario/stage.ts'
import type { Check } from '../scenario/variants.ts'
import { TargetHomeserver } from '../targets/driver.ts'
import type { World } from '../world/world.ts'
import type { Bench } from './bench.ts'
import { calledIn, checkNames } from './names.ts'
import { cast, peersOf } from './cast.ts'
import { differences } from './differences.ts'

const patienceMs = 10_000
const drainMs = 10_000

export interface Review {
  /** Rules of the fabric that never acted on anything, in words. */
  readonly neverFired: readonly string[]
  /** What makes the result worthless: the harness's own faults. */
  readonly faults: readonly string[]
}

/** One check's world, with what the run needs to know of it. */
export class OpenWorld implements Stage {
  readonly check: string
  readonly patience: number
  readonly #bench: Bench
  readonly #check: Check
  readonly #over = new AbortController()
  readonly #targets: TargetHomeserver[] = []
  readonly #peers: ReferencePeer[] = []
  #strays: unknown[] | undefined = []
  #closing: Promise<void> | undefined

  /** Registers fresh users at the targets and starts fresh peers. When that fails nothing is left running. */
  static async open(bench: Bench, check: Check, signal: AbortSignal): Promise<OpenWorld> {
    const world = new OpenWorld(bench, check)
    try {
      await world.#open(signal)
    } catch (error) {
      await world.close()
      throw error
    }
    return world
  }

  private constructor(bench: Bench, check: Check) {
    this.check = check.id
    this.patience = (check.scenario.story.patience ?? patienceMs) * bench.timeoutScale
    this.#bench = bench
    this.#check = check
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { targets } = this.#bench
    for (const target of targets)
      this.#targets.push(await TargetHomeserver.open(target, { ...this.#ownership(), signal }))
    for (let index = 0; index < peersOf(this.#check, targets.length); index += 1)
      this.#peers.push(await this.#startPeer(index))
    if (this.#check.scenario.story.names === undefined) return
    for (const target of this.#targets)
      await checkNames({ target, peers: this.#peers, network: this.#bench.network })
  }

  async #startPeer(index: number): Promise<ReferencePeer> {
    const { authority, addresses, network, seed, targets, timeoutScale } = this.#bench
    const { id, scenario } = this.#check
    const called = calledIn(scenario.story, index + targets.length - 1)
    const own = seedOf(seed, id, index)
    const lots = new Lots(own)
    const options = {
      authority,
      network,
      seed: own,
      parts: chosenBy(lots, standardParts),
      limits: {
        gapPage: lots.upTo(defaultLimits.gapPage, 'limit'),
        requestMs: defaultLimits.requestMs * Math.max(1, timeoutScale),
      },
      ...called,
    }
    for (;;) {
      // A name means one server for as long as the targets live, so its port is never given again.
      const port = called.host === undefined ? 0 : addresses.nextPort()
      const place = { address: addresses.next(), port }
      try {
        return await ReferencePeer.start({ ...this.#ownership(), ...options, ...place })
      } catch (error) {
        if (port === 0 || !isTaken(error)) throw error
      }
    }
  }

  #ownership() {
    const { id: check, version } = this.#check
    return { version, patienceMs: this.patience, journal: this.#bench.journal, check }
  }

  get world(): World {
    const [first, ...others] = this.#targets
    if (first === undefined) throw new Error('a world needs a target')
    const company = { targets: [first, ...others], peers: this.#peers } as const
    return cast(this.#check, company, { fabric: this.#bench.network.view(this.check), oracle })
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Server names of the peers. */
  get ours(): readonly string[] {
    return this.#peers.map(({ name }) => name)
  }

  onChange(listener: () => void): () => void {
    return this.#bench.journal.subscribe((fact) => {
      if (fact.check === this.check && fact.kind !== 'note') listener()
    })
  }

  strayed(error: unknown): boolean {
    this.#strays?.push(error)
    return this.#strays !== undefined
  }

  /** What broke in the story without anybody waiting for it. To be asked once: later ones are not taken any more. */
  strays(): readonly unknown[] {
    const strays = this.#strays ?? []
    this.#strays = undefined
    return strays
  }

  /** What else is to be said of the check when its story is over. To be asked once. */
  review(): Review {
    const { crossed, neverFired } = this.#bench.network.report(this.check)
    return {
      neverFired,
      faults: [
        ...crossed.map((id) => `exchange ${id} crossed a link that was cut`),
        ...this.#peers.flatMap(({ server }) => server.faults),
        ...this.#peers.flatMap(({ server }) => differences(server.rooms)),
      ],
    }
  }

  /** Gives up what still waits and stops the peers, within a bound. Never throws. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#over.abort()
    for (const target of this.#targets) target.close()
    const timer = new AbortController()
    const late = delay(drainMs, undefined, { signal: timer.signal }).catch(() => undefined)
    await Promise.race([Promise.allSettled(this.#peers.map((peer) => peer.stop())), late])
    timer.abort()
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

/** A seed of its own for each peer, the same whenever the run's seed and the check are. */
const seedOf = (seed: number, check: string, index: number): number =>
  createHash('sha256').update(`${seed} ${check} ${index}`).digest().readUInt32BE(0)
