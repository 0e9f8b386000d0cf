import type { Faults } from '../faults.ts'
import type { Limits } from '../limits.ts'
import type { Store, Table } from '../store/store.ts'
import type { Gaps } from './gaps.ts'
import type { Partial } from './partial.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

interface Setup {
  readonly own: string
  readonly store: Store
  readonly gaps: Gaps
  readonly limits: Limits
  readonly faults: Faults
}

const maxServers = 5

/** Gets the whole state of rooms that were joined without it, and has them judged anew then. */
export class PartialRooms {
  readonly #setup: Setup
  readonly #table: Table<Partial>
  readonly #working = new Map<string, Promise<unknown>>()
  readonly #giveUp = new AbortController()

  constructor(setup: Setup) {
    this.#setup = setup
    this.#table = setup.store.table('partial-rooms')
  }

  /** Goes on with what an earlier run left. */
  resume(rooms: Rooms): void {
    for (const [roomId, partial] of this.#table.entries()) {
      const room = rooms.get(roomId)
      if (room !== undefined) this.begin(room, partial)
    }
  }

  begin(room: Room, partial: Partial): void {
    room.partial = partial
    this.#table.set(room.id, partial)
    const work = this.#complete(room, partial)
      .catch((error: unknown) => this.#setup.faults.push(error))
      .finally(() => this.#working.delete(room.id))
    this.#working.set(room.id, work)
  }

  /** Comes back when the room's state is whole, or will not be soon. */
  async whole(roomId: string): Promise<void> {
    const work = this.#working.get(roomId)
    if (work === undefined) return
    let timer: NodeJS.Timeout | undefined
    const bound = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#setup.limits.transactionMs)
    })
    await Promise.race([work, bound])
    clearTimeout(timer)
  }

  stop(): void {
    this.#giveUp.abort()
  }

  async #complete(room: Room, partial: Partial): Promise<void> {
    const { own, limits } = this.#setup
    const { signal } = this.#giveUp
    const all = new Set([partial.server, ...partial.servers])
    all.delete(own)
    const servers = [...all].slice(0, maxServers)
    for (let pause = limits.retryFirstMs; !signal.aborted; pause *= 2) {
      for (const server of servers) if (await this.#completeFrom(room, partial, server)) return
      await sleep(Math.min(pause, limits.outageMaxMs), signal)
    }
  }

  async #completeFrom(room: Room, { joinId }: Partial, server: string): Promise<boolean> {
    const before = await this.#setup.gaps.stateBefore(room, server, joinId)
    if (before === undefined || this.#giveUp.signal.aborted) return false
    await room.intake.run(async () => {
      room.restate(joinId, before)
      this.#table.delete(room.id)
    })
    return true
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
