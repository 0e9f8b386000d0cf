import { Agent, request as open } from 'node:https'
import type { Json } from '../matrix/event.ts'
import type { ReferencePeer } from '../reference/peer.ts'
import { type Prepared, prepare, type WireRequest } from '../wire/request.ts'
import { NoJournal } from './no-journal.ts'

const journal = new NoJournal()

export interface Answered {
  readonly status: number
  readonly bytes: Buffer
}

/** A request of a peer as it goes on the wire: written and signed, so that sending it takes next to nothing. */
export const signedBy = (peer: ReferencePeer, request: WireRequest): Prepared =>
  prepare({ name: peer.name, key: peer.server.key, journal, ca: [] }, request)

/** Requests to one server over one connection that stays open. */
export class Load {
  readonly #agent: Agent
  readonly #destination: string

  /** `destination`: `HOST:PORT`; `ca` in PEM. */
  constructor(destination: string, ca: string) {
    this.#destination = destination
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  }

  /** Comes back with the last byte of the answer; throws where its status is not 200. */
  async send({ method, uri, headers, bytes }: Prepared): Promise<Answered> {
    const answer = await new Promise<Answered>((resolve, reject) => {
      const [host, port] = this.#destination.split(':')
      const length = { 'content-length': String(bytes.length) }
      const request = open({
        agent: this.#agent,
        host,
        port,
        method,
        path: uri,
        headers: { ...headers, ...(bytes.length > 0 && length) },
      })
      request.once('error', reject)
      request.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }),
        )
      })
      request.end(bytes)
    })
    if (answer.status === 200) return answer
    const [path] = uri.split('?')
    throw new Error(`${method} ${path} was answered ${answer.status}: ${textOf(answer, 300)}`)
  }

  close(): void {
    this.#agent.destroy()
  }
}

const textOf = ({ bytes }: Answered, length: number): string =>
  bytes.subarray(0, length).toString('utf8')

export const jsonOf = ({ bytes }: Answered): Json => JSON.parse(bytes.toString('utf8'))
