import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Journal } from '../journal/journal.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { ReferencePeer } from '../reference/peer.ts'
import { TargetHomeserver } from '../targets/driver.ts'
import { startTarget, type Target } from '../targets/target.ts'
import { Addresses } from '../wire/addresses.ts'
import { type Authority, createAuthority } from '../wire/tls.ts'

const version: RoomVersion = roomVersions.v11

/** Nobody reads it, and with rooms of thousands it would take the memory of this process. */
class NoJournal extends Journal {
  override append(): void {}
}

/** What a server is tried with: peers around it, in this process, and a user of its own. */
export class Contender {
  readonly target: Target
  readonly homeserver: TargetHomeserver
  /** From the command to the first answer. */
  readonly startMs: number
  readonly #surroundings: Surroundings
  readonly #peers: ReferencePeer[] = []

  /** `spec` as of `--target`. */
  static async with<T>(spec: string, story: (contender: Contender) => Promise<T>): Promise<T> {
    const surroundings = {
      directory: await mkdtemp(join(tmpdir(), 'fedcheck-bench-')),
      authority: await createAuthority(),
      addresses: await Addresses.detect(),
    }
    const began = performance.now()
    const target = await startTarget(spec, { ...surroundings, seed: 1, startTimeoutMs: 120_000 })
    const startMs = performance.now() - began
    const homeserver = await TargetHomeserver.open(target, { version, patienceMs: 600_000 })
    const contender = new Contender({ target, homeserver, startMs, surroundings })
    try {
      return await story(contender)
    } finally {
      homeserver.close()
      await Promise.all(contender.#peers.map((peer) => peer.stop()))
      await target.stop()
      await rm(surroundings.directory, { recursive: true, force: true })
    }
  }

  private constructor(setup: {
    target: Target
    homeserver: TargetHomeserver
    startMs: number
    surroundings: Surroundings
  }) {
    this.target = setup.target
    this.homeserver = setup.homeserver
    this.startMs = setup.startMs
    this.#surroundings = setup.surroundings
  }

  async peer(): Promise<ReferencePeer> {
    const { authority, addresses } = this.#surroundings
    const peer = await ReferencePeer.start({
      address: addresses.next(),
      authority,
      journal: new NoJournal(),
      seed: 1 + this.#peers.length,
      version,
      patienceMs: 600_000,
    })
    this.#peers.push(peer)
    return peer
  }

  /** Resident memory of the server's process in MiB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.target.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
  }

  /** Waits until the server does nothing any more for a second, or for a minute. */
  async quiet(): Promise<void> {
    for (let second = 0; second < 60; second += 1) {
      const before = this.#ticks
      await delay(1_000)
      if (this.#ticks - before <= 5) return
    }
  }

  /** Hundredths of a second of processor time. */
  get #ticks(): number {
    const stat = readFileSync(`/proc/${this.target.pid}/stat`, 'utf8')
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    return user + system
  }
}

interface Surroundings {
  readonly directory: string
  readonly authority: Authority
  readonly addresses: Addresses
}
