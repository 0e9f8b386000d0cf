import { readFile } from 'node:fs/promises'
import { isIP, isIPv6 } from 'node:net'
import { Journal } from '../journal/journal.ts'
import type { Fact } from '../journal/exchange.ts'
import type { ProxyPlace } from '../wire/proxy-connector.ts'
import { createAuthority } from '../wire/tls.ts'
import type { Credentials } from '../wire/tls.ts'
import { clientApi } from './client-api/client-api.ts'
import { ReferenceServer } from './homeserver.ts'
import { standardParts } from './parts.ts'
import type { Parts } from './parts.ts'
import { mutants } from './quirks/index.ts'

export interface ServeOptions {
  /** `HOST:PORT`, `[HOST]:PORT`; port 0 takes a free one. HOST is an IP address. */
  readonly listen: string
  /** Its server name; absent: address and port. */
  readonly name?: string
  /** PEM files. All three or none: with none, an authority is made that lives as long as the server. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly ca?: string
  /** `HOST:PORT` of an HTTP proxy with CONNECT, for requests to other servers. */
  readonly proxy?: string
  /** Other servers with an IP literal for a name are dialled directly. */
  readonly proxyNamesOnly?: boolean
  /** Id of a quirk to have. */
  readonly quirk?: string
  readonly seed: number
  /** Stops when standard input closes, which it does however the parent ends. */
  readonly dieWithParent?: boolean
  /** Gets one line of JSON for everything worth telling. */
  readonly log: (line: string) => void
}

/** A reference homeserver that serves on its own. */
export interface Running {
  readonly name: string
  readonly baseUrl: string
  /** PEM of whom it trusts, and of who signed its certificate where none was given. */
  readonly ca: string
  /** Resolves when it has stopped, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

type ServeErrorCode = 'listen' | 'proxy' | 'tls' | 'quirk'

/** The options do not fit. */
export class ServeError extends Error {
  override readonly name = 'ServeError'
  readonly code: ServeErrorCode

  constructor(code: ServeErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Tells what happens and keeps nothing: nobody judges it, and a server may run for long. */
class TellingJournal extends Journal {
  readonly #tell: (fact: Fact) => void

  constructor(tell: (fact: Fact) => void) {
    super()
    this.#tell = tell
  }

  override append(fact: Fact): void {
    this.#tell(fact)
  }
}

/**
 * Starts a reference homeserver with a client API.
 * @throws ServeError where the options do not fit; the error of the system where the address is taken
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { address, port } = endpointIn(options.listen, 'listen')
  const proxy = proxyOf(options)
  const parts = partsOf(options.quirk)
  const trust = await trustOf(options, address)
  const journal = new TellingJournal((fact) => options.log(JSON.stringify(lineOf(fact))))
  const server = await ReferenceServer.start({
    address,
    port,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...trust,
    ...(proxy === undefined ? {} : { proxy }),
    journal,
    seed: options.seed,
    parts,
    clientApi,
  })
  return running(server, trust.ca, options.dieWithParent === true)
}

function running(server: ReferenceServer, ca: string, dieWithParent: boolean): Running {
  let stopping: Promise<void> | undefined
  let end: (done: Promise<void>) => void
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const stop = () => {
    stopping ??= server.stop()
    end(stopping)
    return stopping
  }
  if (dieWithParent) process.stdin.once('close', () => void stop()).resume()
  const host = isIPv6(server.address) ? `[${server.address}]` : server.address
  return { name: server.name, baseUrl: `https://${host}:${server.port}`, ca, ended, stop }
}

interface Endpoint {
  readonly address: string
  readonly port: number
}

function endpointIn(text: string, option: 'listen' | 'proxy'): Endpoint {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text)
  const address = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  if (address !== undefined && isIP(address) !== 0 && port <= 65_535) return { address, port }
  throw new ServeError(option, `${text} is not an IP address with a port, as in 127.0.0.1:8448`)
}

function proxyOf({ proxy, proxyNamesOnly = false }: ServeOptions): ProxyPlace | undefined {
  if (proxy === undefined) return undefined
  const { address: host, port } = endpointIn(proxy, 'proxy')
  return { host, port, covers: proxyNamesOnly ? 'names' : 'everything' }
}

function partsOf(id: string | undefined): Parts {
  if (id === undefined) return standardParts
  const mutant = Object.hasOwn(mutants, id) ? mutants[id] : undefined
  if (mutant !== undefined) return mutant.apply(standardParts)
  throw new ServeError('quirk', `there is no quirk ${JSON.stringify(id)}`)
}

async function trustOf(
  options: ServeOptions,
  address: string,
): Promise<{ readonly credentials: Credentials; readonly ca: string }> {
  const { tlsCert, tlsKey, ca } = options
  if (tlsCert === undefined && tlsKey === undefined && ca === undefined) {
    const authority = await createAuthority()
    return { credentials: await authority.issue([address]), ca: authority.certificate }
  }
  if (tlsCert === undefined || tlsKey === undefined || ca === undefined) {
    throw new ServeError('tls', 'certificate, key and authority are needed together')
  }
  const credentials = { certificate: await pem(tlsCert), privateKey: await pem(tlsKey) }
  return { credentials, ca: await pem(ca) }
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServeError('tls', `cannot read a PEM file: ${reason}`)
  }
}

function lineOf(fact: Fact): object {
  if (fact.kind === 'note') return { at: fact.at, note: fact.text }
  if (fact.kind === 'fabric') return { at: fact.at, rule: fact.rule, act: fact.act }
  return {
    at: fact.startedAt,
    ms: fact.endedAt - fact.startedAt,
    from: fact.from,
    to: fact.to,
    method: fact.method,
    // Without the query, where some clients put their access token.
    path: fact.uri.split('?', 1)[0],
    status: fact.response?.status ?? fact.ending,
    ...(fact.error === undefined ? {} : { error: fact.error }),
  }
}
