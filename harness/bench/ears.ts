import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Credentials } from '../wire/tls.ts'

interface Spot {
  readonly address: string
  readonly port: number
}

/** Listens where servers have been, and does nothing but wait for words: a hundred of these cost next to nothing. */
export class Ears {
  readonly #servers: Server[] = []
  #words = ''
  #waiting = 0
  #done: () => void = () => {}

  async listen({ address, port }: Spot, credentials: Credentials): Promise<void> {
    const { certificate: cert, privateKey: key } = credentials
    const server = createServer({ cert, key, ca: [], keepAliveTimeout: 60_000 })
    server.on('request', (request, response) => this.#take(request, response))
    this.#servers.push(server)
    server.listen(port, address)
    await once(server, 'listening')
  }

  /** Until requests that hold these words have come to so many. */
  hear(words: string, times: number): Promise<void> {
    this.#words = words
    this.#waiting = times
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"pdus":{}}')
      if (!Buffer.concat(chunks).includes(this.#words)) return
      this.#waiting -= 1
      if (this.#waiting === 0) this.#done()
    })
  }

  close(): void {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
  }
}
