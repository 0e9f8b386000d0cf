import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { failHandshake } from '../wire/connection.ts'
import { reset } from '../wire/reset.ts'

export interface TunnelLimits {
  /** Milliseconds until the far end has taken the connection. */
  readonly dialMs: number
  /** Milliseconds without a byte after which a tunnel is closed. */
  readonly idleMs: number
  /** The same for one whose other direction has ended. */
  readonly halfOpenMs: number
}

/** Where a tunnel leads, and the address to call from. */
export interface FarEnd {
  readonly host: string
  readonly port: number
  readonly localAddress: string
}

const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

/** A connection that a target opens through its proxy. */
export class Tunnel {
  readonly from: string
  readonly to: string
  /** Milliseconds since the run began. */
  readonly openedAt: number
  readonly #client: Socket
  readonly #limits: TunnelLimits
  readonly #over = new AbortController()
  #far: Socket | undefined
  #isOpen = false
  #ask: (() => Promise<void>) | undefined
  readonly #lookForEnd = () => {
    if (this.#client.readableLength === 0) this.#client.read()
  }
  readonly #hangUp = () => {
    this.#client.destroy()
  }

  constructor(
    link: { readonly from: string; readonly to: string; readonly openedAt: number },
    client: Socket,
    limits: TunnelLimits,
  ) {
    this.from = link.from
    this.to = link.to
    this.openedAt = link.openedAt
    this.#client = client
    this.#limits = limits
    client.setNoDelay(true)
    client.setTimeout(limits.idleMs, () => this.reset())
    client.on('error', () => this.reset())
    client.once('close', () => this.#closed(client))
    // Without reading it would not be known that the other side has given up.
    client.on('readable', this.#lookForEnd)
    client.once('end', this.#hangUp)
  }

  /** Aborted when the tunnel is over. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Whether bytes come through to the far end. */
  get isOpen(): boolean {
    return this.#isOpen && !this.signal.aborted
  }

  /** Connects both ends, and comes back when they are. A far end that does not take it resets this side, as itself would. */
  async carry({ host, port, localAddress }: FarEnd): Promise<void> {
    if (this.signal.aborted) return
    const far = connect({ host, port, localAddress, allowHalfOpen: true, noDelay: true })
    this.#far = far
    far.setTimeout(this.#limits.dialMs, () => this.reset())
    far.on('error', () => this.reset())
    far.once('close', () => this.#closed(far))
    await once(far, 'connect', { signal: this.signal }).catch(() => undefined)
    if (far.connecting || this.signal.aborted) return this.reset()
    far.setTimeout(this.#limits.idleMs)
    this.#isOpen = true
    this.#client.off('end', this.#hangUp)
    this.#accept()
    this.#join(far)
  }

  /** Opened, and then silent until `healed`. */
  swallow(healed: Promise<void> | undefined): void {
    this.#accept()
    this.#client.resume()
    void healed?.then(() => this.reset())
  }

  /** Opened, and then no TLS comes about. */
  garble(): void {
    this.#accept()
    failHandshake(this.#client, this.#limits.dialMs)
  }

  /** Opened, and reset as soon as something is said. */
  breakOff(): void {
    this.#accept()
    this.#client.once('data', () => this.reset())
  }

  /** RST to both ends. */
  reset(): void {
    this.#over.abort()
    for (const socket of [this.#client, this.#far]) if (socket !== undefined) reset(socket)
  }

  /** From now on whatever the near end says after an answer waits for `ask`. */
  askBeforeEach(ask: () => Promise<void>): void {
    this.#ask = ask
  }

  #accept(): void {
    this.#client.off('readable', this.#lookForEnd)
    this.#client.write(established)
  }

  #join(far: Socket): void {
    const client = this.#client
    let answered = false
    const gate = new Transform({
      transform: (chunk: Buffer, _, done) => {
        const ask = answered ? this.#ask : undefined
        answered = false
        if (ask === undefined) done(null, chunk)
        else void ask().then(() => done(null, chunk))
      },
    })
    far.on('data', () => {
      answered = true
    })
    client.pipe(gate).pipe(far)
    far.pipe(client)
    const halfOpen = () => {
      for (const socket of [client, far]) socket.setTimeout(this.#limits.halfOpenMs)
    }
    client.once('end', halfOpen)
    far.once('end', halfOpen)
  }

  /** One side is gone: without having said so, it takes the other along. */
  #closed(socket: Socket): void {
    if (!socket.readableEnded || socket.errored) return this.reset()
    if (this.#client.destroyed && this.#far?.destroyed !== false) this.#over.abort()
  }
}
