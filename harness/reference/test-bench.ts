import { Network } from '../fabric/network.ts'
import { Journal } from '../journal/journal.ts'
import { stringAt, valueAt } from '../matrix/content.ts'
import type { Json } from '../matrix/event.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import { Addresses } from '../wire/addresses.ts'
import { type Listener, type ListenOptions, listen } from '../wire/server.ts'
import { type Authority, createAuthority } from '../wire/tls.ts'
import type { Reply, Room } from '../world/homeserver.ts'
import type { Limits } from './limits.ts'
import type { Parts } from './parts.ts'
import type { ReferenceOptions } from './homeserver.ts'
import { ReferencePeer } from './peer.ts'

const { v10, v11, v12 } = roomVersions

/** Those in which rooms are made today; room-versions.test.ts has them all. */
export const versions: readonly RoomVersion[] = [v10, v11, v12]

export interface PeerSetup {
  readonly version?: RoomVersion
  readonly parts?: Parts
  readonly limits?: Partial<Limits>
  readonly patienceMs?: number
  /** Folder of what is to outlast the peer; with its address and port it can come back. */
  readonly data?: string
  readonly address?: string
  readonly port?: number
  readonly clock?: () => number
  readonly clientApi?: NonNullable<ReferenceOptions['clientApi']>
}

/** Reference servers in one process with a network between them. */
export class Bench {
  readonly journal = new Journal()
  readonly network = new Network({ journal: this.journal, outsiders: () => [] })
  readonly fabric = this.network.view()
  readonly #addresses: Addresses
  readonly #authority: Authority
  readonly #peers: ReferencePeer[] = []
  readonly #listeners: Listener[] = []

  private constructor(addresses: Addresses, authority: Authority) {
    this.#addresses = addresses
    this.#authority = authority
  }

  /** Gives `story` a bench and stops its servers afterwards. */
  static async with(story: (bench: Bench) => Promise<void>): Promise<void> {
    const bench = new Bench(await Addresses.detect(), await createAuthority())
    try {
      await story(bench)
    } finally {
      await Promise.all(bench.#peers.map((peer) => peer.stop()))
      await Promise.all(bench.#listeners.map((listener) => listener.close()))
      await bench.network.close()
      await bench.journal.close()
    }
  }

  async peer(setup: PeerSetup = {}): Promise<ReferencePeer> {
    const { version = roomVersions.v11, ...rest } = setup
    const peer = await ReferencePeer.start({
      address: this.#addresses.next(),
      authority: this.#authority,
      journal: this.journal,
      network: this.network,
      seed: 1 + this.#peers.length,
      version,
      patienceMs: 5_000,
      ...rest,
    })
    this.#peers.push(peer)
    return peer
  }

  /** Something with HTTPS that is no homeserver; closed with the bench. */
  async listener(handle: ListenOptions['handle']): Promise<Listener> {
    const address = this.#addresses.next()
    const listener = await listen({
      name: (port) => `${address}:${port}`,
      address,
      credentials: await this.#authority.issue([address]),
      journal: this.journal,
      handle,
    })
    this.#listeners.push(listener)
    return listener
  }

  async two(setup: PeerSetup = {}): Promise<readonly [ReferencePeer, ReferencePeer]> {
    return [await this.peer(setup), await this.peer(setup)]
  }

  async three(
    setup: PeerSetup = {},
  ): Promise<readonly [ReferencePeer, ReferencePeer, ReferencePeer]> {
    return [await this.peer(setup), await this.peer(setup), await this.peer(setup)]
  }
}

/** Ids of the current state, in order. */
export async function stateIds(peer: ReferencePeer, room: Room): Promise<readonly string[]> {
  return (await peer.state(room)).map(({ event_id }) => event_id).toSorted()
}

/** Status and errcode of an answer. */
export async function errorIn(reply: Promise<Reply>): Promise<readonly [number, string]> {
  const { status, json } = await reply
  return [status, stringAt(json, 'errcode') ?? 'none']
}

export const text = (body: string, sender?: string) => ({
  type: 'm.room.message',
  content: { msgtype: 'm.text', body },
  ...(sender === undefined ? {} : { sender }),
})

export const topic = (words: string, sender?: string) => ({
  type: 'm.room.topic',
  state_key: '',
  content: { topic: words },
  ...(sender === undefined ? {} : { sender }),
})

/** EDUs that have come to a peer in transactions, in order; `type`: those alone. */
export const edusAt = (peer: ReferencePeer, type?: string): readonly Json[] =>
  peer
    .requests('send')
    .flatMap(({ body }) => edusIn(body))
    .filter((edu) => type === undefined || stringAt(edu, 'edu_type') === type)

export function edusIn(body: Json | undefined): readonly Json[] {
  const edus = valueAt(body, 'edus')
  return Array.isArray(edus) ? edus : []
}
