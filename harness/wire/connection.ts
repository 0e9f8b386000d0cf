import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Caller } from './gatekeeper.ts'
import { reset } from './reset.ts'

/** How long a connection stays open after a refusal: to close it at once would take the answer along. */
const lingerMs = 1_000

/** Somebody reads too slowly, or sends too much at once. */
class OutOfPatience extends Error {
  override readonly name = 'OutOfPatience'
  readonly code = 'ETIMEDOUT'
}

/** One accepted TCP connection, as far as it is known who is at the other end. */
export class Connection {
  readonly remoteAddress: string
  /** The caller by its address alone. */
  readonly caller: Caller | undefined
  readonly acceptedAt: number
  /** Origins that X-Matrix claimed on it so far. */
  readonly claimed = new Set<string>()
  /** True from the end of the TLS handshake; from the beginning where HTTP is plain. */
  secure = false
  /** One for each request that is being read or answered: told when the connection is closed. An answer that waits for another one hears nothing by itself. */
  readonly underWay = new Set<() => void>()
  /** What is known of its end: a rule of the fabric, the listener that closes, an error of TLS. */
  cutBy: string | undefined
  abandoned = false
  failure: Error | undefined
  /** What was still to be sent has been thrown away. */
  isReset = false
  /** Told to go: nothing more is read from it. */
  dismissed = false
  readonly #socket: Socket
  /** The TLS layer on it, once it is up. */
  #layer: Socket | undefined

  constructor(socket: Socket, caller: Caller | undefined, acceptedAt: number) {
    this.#socket = socket
    this.remoteAddress = socket.remoteAddress ?? '?'
    this.caller = caller
    this.acceptedAt = acceptedAt
    socket.once('close', () => {
      for (const leave of this.underWay) leave()
    })
  }

  /** The TLS handshake is done. */
  secured(layer: Socket): void {
    this.secure = true
    this.#layer = layer
  }

  get busy(): number {
    return this.underWay.size
  }

  get from(): string | undefined {
    return this.caller?.name
  }

  /** Cut by the fabric: RST. */
  cut(rule: string | undefined): void {
    this.cutBy ??= rule ?? 'unnamed'
    this.reset()
  }

  /** Given up by the harness itself: RST. */
  abandon(): void {
    this.abandoned = true
    this.reset()
  }

  /** The other side asks too much of our patience: RST. */
  giveUp(why: string): void {
    this.failure ??= new OutOfPatience(why)
    this.reset()
  }

  /** Answers an empty `status` and closes, not before the other side had a chance to read it. */
  dismiss(stream: Duplex, status: string): void {
    this.dismissed = true
    stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    const timer = setTimeout(() => stream.destroy(), lingerMs)
    stream.once('close', () => clearTimeout(timer))
  }

  reset(): void {
    if (this.#socket.destroyed) return
    this.isReset = true
    reset(this.#socket, this.#layer)
  }

  /** FIN. */
  end(): void {
    this.#socket.destroy()
  }
}

/** TLS 1.2 record with the fatal alert handshake_failure, which every version understands. */
const handshakeFailure = Buffer.from('15030300020228', 'hex')

/** Answers the ClientHello with an alert and closes. */
export function failHandshake(socket: Socket, patienceMs: number): void {
  socket.setTimeout(patienceMs, () => socket.destroy())
  socket.once('data', () => {
    socket.end(handshakeFailure, () => socket.destroySoon())
  })
}
