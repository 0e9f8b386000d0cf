import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Gives every server an IPv4 loopback address of its own, so that who calls is known before a byte is read. */
export class Addresses {
  /** False where only 127.0.0.1 is routed (macOS): all servers share it and callers are told apart by what they claim. */
  readonly distinct: boolean
  #next: number
  #nextPort = firstPort

  /** `first`: where in 127.1.0.0 – 127.254.255.255 to begin; random by default, so that runs side by side rarely meet. */
  constructor(options: { distinct?: boolean; first?: number } = {}) {
    this.distinct = options.distinct ?? process.platform !== 'darwin'
    this.#next = options.first ?? randomInt(span)
  }

  /** Tries whether the system routes all of 127/8. */
  static async detect(): Promise<Addresses> {
    const candidate = new Addresses({ distinct: true })
    return (await canBind(candidate.next())) ? candidate : new Addresses({ distinct: false })
  }

  /** An address that was not given before (after 16 million, from the start again). */
  next(): string {
    if (!this.distinct) return '127.0.0.1'
    const number = this.#next
    this.#next = (number + 1) % span
    const last = number % 254
    const third = Math.floor(number / 254) % 256
    const second = Math.floor(number / 254 / 256) % 254
    return `127.${second + 1}.${third}.${last + 1}`
  }

  /** A port that was not given before (after 15,000, from the start again), for a name that may stand for one server only. */
  nextPort(): number {
    const port = this.#nextPort
    this.#nextPort = firstPort + ((port + 1 - firstPort) % ports)
    return port
  }
}

/** Below where systems take ports for outgoing connections from, whichever system it is. */
const firstPort = 15_000
const ports = 15_000

/** 127.1.0.1 to 127.254.255.254, without the last octets 0 and 255. */
const span = 254 * 256 * 254

function canBind(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(0, address, () => probe.close(() => resolve(true)))
  })
}
