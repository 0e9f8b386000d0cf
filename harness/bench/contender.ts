import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { type Parts, standardParts } from '../reference/parts.ts'
import { ReferencePeer } from '../reference/peer.ts'
import type { TargetContext } from '../targets/place.ts'
import { register } from '../targets/registration.ts'
import type { Session } from '../targets/session.ts'
import { startTarget, type Target } from '../targets/target.ts'
import type { Room } from '../world/homeserver.ts'
import type { Credentials } from '../wire/tls.ts'
import { Load } from './load.ts'
import { NoJournal } from './no-journal.ts'

const version: RoomVersion = roomVersions.v11

/** What all contenders of a run share. */
export interface Ground extends TargetContext {
  /** Aborted when the run is given up. */
  readonly signal: AbortSignal
  /** Told what is being done. */
  readonly tell: (what: string) => void
}

/** A kind of server that takes part. */
export interface Competitor {
  /** As in `Synapse with SQLite`. */
  readonly name: string
  /** As of `--target`. */
  readonly spec: string
  /** What only this one needs of its surroundings; called before each start. */
  readonly needs?: () => Promise<Partial<TargetContext>>
}

const [startBound, registerBound, stopBound] = [120_000, 30_000, 30_000]

/** What a server is tried with: peers around it, in this process, and a user of its own. */
export class Contender {
  readonly target: Target
  readonly user: Session
  readonly load: Load
  readonly #ground: Ground
  readonly #name: string
  readonly #peers: ReferencePeer[] = []
  readonly #ends: (() => void)[] = []

  /** Starts the server for the one story. */
  static async with<T>(
    { name, spec, needs }: Competitor,
    ground: Ground,
    story: (contender: Contender) => Promise<T>,
  ): Promise<T> {
    const bounded = stepsOf(name, ground)
    const directory = await mkdtemp(join(ground.directory, 'contender-'))
    const needed = needs && (await bounded('make a database', startBound, needs))
    const context = { ...ground, directory, ...needed }
    const started = startTarget(spec, context)
    const target = await bounded('start', startBound, () => started).catch((error: unknown) => {
      // It may still come up, and nobody would end it.
      started.then((late) => late.stop()).catch(() => undefined)
      throw error
    })
    const over = new AbortController()
    const signal = AbortSignal.any([ground.signal, over.signal])
    let contender: Contender | undefined
    try {
      const session = { target, patienceMs: startBound, signal, told: () => {} }
      const user = await bounded('register', registerBound, () => register(session, 'alice'))
      contender = new Contender({ target, user, ground, name })
      return await story(contender)
    } finally {
      over.abort()
      await within(stopBound, contender?.end()).catch(() => ground.tell(`${name}: peers hang`))
      await target.stop()
    }
  }

  /** Starts the server and ends it again; nobody registers. */
  static async startOnce({ name, spec, needs }: Competitor, ground: Ground): Promise<void> {
    const directory = await mkdtemp(join(ground.directory, 'contender-'))
    await stepsOf(name, ground)('start for the first time', startBound, async () => {
      const target = await startTarget(spec, { ...ground, directory, ...(await needs?.()) })
      await target.stop()
    })
  }

  private constructor(setup: { target: Target; user: Session; ground: Ground; name: string }) {
    this.target = setup.target
    this.user = setup.user
    this.#ground = setup.ground
    this.#name = setup.name
    this.load = new Load(setup.target.serverName, setup.ground.authority.certificate)
  }

  /** What else there is to do when the story is over. */
  atEnd(end: () => void): void {
    this.#ends.push(end)
  }

  async end(): Promise<void> {
    this.load.close()
    for (const end of this.#ends) end()
    await Promise.all(this.#peers.map((peer) => peer.stop()))
  }

  /** One thing done with it, said before; throws where it takes longer than `boundMs`, or the run is given up. */
  step<T>(what: string, boundMs: number, work: () => Promise<T>): Promise<T> {
    return stepsOf(this.#name, this.#ground)(what, boundMs, work)
  }

  /** The same, and how many milliseconds it took. */
  timed(what: string, boundMs: number, work: () => Promise<unknown>): Promise<number> {
    return this.step(what, boundMs, async () => {
      const began = performance.now()
      await work()
      return performance.now() - began
    })
  }

  async peer(parts: Parts = standardParts): Promise<ReferencePeer> {
    const { authority, addresses } = this.#ground
    const peer = await ReferencePeer.start({
      address: addresses.next(),
      authority,
      journal: new NoJournal(),
      seed: 1 + this.#peers.length,
      version,
      parts,
    })
    this.#peers.push(peer)
    return peer
  }

  credentialsOf(peer: ReferencePeer): Promise<Credentials> {
    return this.#ground.authority.issue([peer.server.address])
  }

  /** The user joins through the peer. */
  async join(room: Room, peer: ReferencePeer): Promise<void> {
    const query = { server_name: peer.name, via: peer.name }
    await this.user.ask({ method: 'POST', path: ['join', room.id], query, body: {} })
  }

  /** Waits until the user can read a piece of the room's state: a server may first have to learn it. */
  knows(room: Room, type: string, key: string): Promise<void> {
    return this.#untilThere(['rooms', room.id, 'state', type, ...(key === '' ? [] : [key])])
  }

  /** Waits until the user can read the event. */
  sees(room: Room, eventId: string): Promise<void> {
    return this.#untilThere(['rooms', room.id, 'event', eventId])
  }

  /** Looks seldom enough that looking takes a tenth of the time at most. */
  async #untilThere(path: readonly string[]): Promise<void> {
    const began = performance.now()
    for (;;) {
      const asked = performance.now()
      const { status } = await this.user.answerTo({ method: 'GET', path, timeoutMs: startBound })
      if (status === 200) return
      const now = performance.now()
      const pause = Math.max((now - began) / 20, (now - asked) * 9)
      await delay(pause, undefined, { signal: this.#ground.signal })
    }
  }

  /** Resident memory of the server's process in MiB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.target.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
  }

  /** Waits until the server does nothing any more for a while, or for half a minute. */
  async quiet(): Promise<void> {
    for (let looks = 0; looks < 60; looks += 1) {
      const before = this.#ticks
      await delay(500, undefined, { signal: this.#ground.signal })
      if (this.#ticks - before <= 2) return
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

/** Says what is done with the server and bounds it. */
const stepsOf =
  (name: string, { signal, tell }: Ground) =>
  async <T>(what: string, boundMs: number, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    tell(`${name}: ${what}`)
    try {
      return await within(boundMs, work(), signal)
    } catch (error) {
      signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`${name}: ${what}: ${why}`, { cause: error })
    }
  }

/** The work goes on where it takes longer; nobody waits for it then. */
async function within<T>(boundMs: number, work: T | Promise<T>, signal?: AbortSignal): Promise<T> {
  const over = new AbortController()
  const stop = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
  const late = delay(boundMs, undefined, { signal: stop }).then(() => {
    throw new Error(`no end within ${boundMs / 1000} s`)
  })
  try {
    return await Promise.race([Promise.resolve(work), late])
  } finally {
    over.abort()
    late.catch(() => undefined)
  }
}
