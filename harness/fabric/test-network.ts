import assert from 'node:assert/strict'
import type { Exchange } from '../journal/exchange.ts'
import { Addresses } from '../wire/addresses.ts'
import type { Place, WireRequest } from '../wire/client.ts'
import type { ProxyPlace } from '../wire/proxy-connector.ts'
import type { InboundRequest, OutboundReply } from '../wire/server.ts'
import { Bench, type BenchServer } from '../wire/test-bench.ts'
import type { WireError } from '../wire/wire-error.ts'
import type { FabricView } from './fabric-view.ts'
import { Network } from './network.ts'

type Handle = (request: InboundRequest) => OutboundReply | Promise<OutboundReply>

const check = 'partition/some/check[v11]'

interface ProxiedOptions {
  readonly handle?: Handle
  readonly covers?: ProxyPlace['covers']
  readonly isUsed?: boolean
}

export interface Proxied extends BenchServer {
  readonly proxy: Place
}

/** For tests: servers of ours in a network, and outsiders who know nothing of it, over real sockets. */
export class TestNetwork {
  readonly ours = new Bench()
  /** With a journal of its own: what the outsiders see. */
  readonly others = new Bench()
  readonly check = check
  readonly outsiders: string[] = []
  readonly #addresses = new Addresses()
  readonly network: Network
  readonly fabric: FabricView

  constructor(patienceMs = 5_000) {
    this.network = new Network({
      journal: this.ours.journal,
      outsiders: () => this.outsiders,
      patienceMs,
    })
    this.fabric = this.network.view(check)
  }

  async peer(handle?: Handle, address?: string, host?: string): Promise<BenchServer> {
    const server = await this.ours.server({
      resolve: (name) => this.network.resolve(name),
      ...(host !== undefined && { host }),
      gatekeeper: this.network,
      check,
      asks: { totalMs: 5_000 },
      ...(handle && { handle }),
      ...(address !== undefined && { address }),
    })
    this.network.register(server)
    return server
  }

  async outsider(handle?: Handle, address?: string): Promise<BenchServer> {
    const server = await this.others.server({
      asks: { totalMs: 5_000 },
      ...(handle && { handle }),
      ...(address !== undefined && { address }),
    })
    this.outsiders.push(server.name)
    return server
  }

  /** An outsider that goes through a proxy of the network. */
  async proxied(options: ProxiedOptions = {}): Promise<Proxied> {
    const { covers = 'everything', handle, isUsed = true } = options
    const places: Place[] = []
    const server = await this.others.server({
      asks: { totalMs: 5_000 },
      ...(handle && { handle }),
      proxyFor: async (outsider) => {
        const address = this.#addresses.next()
        const place = await this.network.openProxy({ outsider, address, isUsed })
        places.push(place)
        return { ...place, covers }
      },
    })
    this.outsiders.push(server.name)
    const [proxy] = places
    assert.ok(proxy)
    return { ...server, proxy }
  }

  /** What was recorded on our side. */
  exchanges(): readonly Exchange[] {
    return this.ours.exchanges()
  }

  failure(reply: Promise<unknown>, bench = this.ours): Promise<WireError> {
    return bench.failure(reply)
  }

  async close(): Promise<void> {
    await this.network.close()
    await this.others.close()
    await this.ours.close()
  }
}

/** An operation without X-Matrix. */
export function ask(from: BenchServer, to: BenchServer, more: Partial<WireRequest> = {}) {
  return from.client.request({ destination: to.name, operation: 'version', ...more })
}

/** One with it. */
export function send(from: BenchServer, to: BenchServer, txnId: string) {
  const body = { pdus: [] }
  return from.client.request({ destination: to.name, operation: 'send', params: { txnId }, body })
}
