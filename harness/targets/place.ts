import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ProxyOrder } from '../fabric/relay.ts'
import type { JsonObject } from '../matrix/event.ts'
import type { Addresses } from '../wire/addresses.ts'
import type { ProxyPlace } from '../wire/proxy-connector.ts'
import type { Authority } from '../wire/tls.ts'

/** What a run lends to the targets that it starts. */
export interface TargetContext {
  /** Makes the proxy of a target; absent: it has none. */
  readonly proxies?: Proxies
  readonly authority: Authority
  readonly addresses: Addresses
  /** Scratch: every target makes a folder of its own in it. */
  readonly directory: string
  readonly seed: number
  readonly startTimeoutMs: number
  /** What a Synapse keeps its data in, as in its configuration; absent: SQLite in its folder. */
  readonly synapseDatabase?: JsonObject
}

export interface Proxies {
  /** What a target is to use its proxy for. */
  readonly covers: ProxyPlace['covers']
  /** `isUsed`: the target is started so that it uses the proxy. */
  open(order: ProxyOrder): Promise<Pick<ProxyPlace, 'host' | 'port'>>
}

/** Where one target lives: its address, its name and its files. */
export interface Place {
  readonly serverName: string
  readonly address: string
  readonly port: number
  /** A folder of its own. */
  readonly directory: string
  /** Leaf and authority, PEM. */
  readonly certificateFile: string
  readonly privateKeyFile: string
  /** The authority that it must trust, PEM. */
  readonly authorityFile: string
  readonly seed: number
  readonly proxy?: ProxyPlace
  readonly synapseDatabase?: JsonObject
}

/** What is known of a kind of target before it starts. */
export interface Kind {
  /** For the name of its folder. */
  readonly label: string
  readonly usesProxy: boolean
}

export async function preparePlace(kind: Kind, context: TargetContext): Promise<Place> {
  const address = context.addresses.next()
  const port = await freePort(address)
  const directory = await mkdtemp(join(context.directory, `${kind.label}-`))
  const credentials = await context.authority.issue([address])
  const place = {
    serverName: `${address}:${port}`,
    address,
    port,
    directory,
    certificateFile: join(directory, 'server.crt'),
    privateKeyFile: join(directory, 'server.key'),
    authorityFile: join(directory, 'ca.crt'),
    seed: context.seed,
    ...(context.synapseDatabase && { synapseDatabase: context.synapseDatabase }),
    ...(await proxyFor(`${address}:${port}`, kind, context)),
  }
  await writeFile(place.certificateFile, credentials.certificate)
  await writeFile(place.privateKeyFile, credentials.privateKey, { mode: 0o600 })
  await writeFile(place.authorityFile, context.authority.certificate)
  return place
}

async function proxyFor(
  outsider: string,
  { usesProxy: isUsed }: Kind,
  { addresses, proxies }: TargetContext,
): Promise<Pick<Place, 'proxy'>> {
  if (proxies === undefined) return {}
  const { covers } = proxies
  return {
    proxy: { covers, ...(await proxies.open({ outsider, address: addresses.next(), isUsed })) },
  }
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (bound === null || typeof bound === 'string') throw new Error(`no port at ${address}`)
  return bound.port
}
