import type { LookupFunction } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import type { Spot } from './destination.ts'
import { isCovered, type ProxyPlace, throughProxy } from './proxy-connector.ts'

/** How connections to others are made. */
export interface Dialling {
  /** PEM of the authorities to trust. */
  readonly ca: string | readonly string[]
  /** IPv4 address of the loopback network to call from, so that servers of ours know the caller by it; only used within that network. */
  readonly localAddress?: string
  /** Absent: every place is dialled directly. */
  readonly proxy?: ProxyPlace
  /** Finds the addresses of a host name; absent: the system does. */
  readonly lookup?: LookupFunction
}

/** Places of one server, tried in their order: the error is that of the last one. TLS is for the name of the Host header. */
export function connectorTo(
  spots: readonly Spot[],
  dialling: Dialling,
  timeout: number,
): buildConnector.connector {
  const ways = spots.map((spot) => connectorOf(spot, dialling, timeout))
  return (target, callback) => {
    const dial = (index: number): void => {
      const way = ways[index]
      if (way === undefined) return callback(new TypeError('there is no place to dial'), null)
      way(target, (...[error, socket]) => {
        if (error === null) return callback(null, socket)
        if (index + 1 < ways.length) return dial(index + 1)
        callback(error, null)
      })
    }
    dial(0)
  }
}

function connectorOf(
  { host: hostname, port }: Spot,
  { ca, localAddress, lookup, proxy }: Dialling,
  timeout: number,
): buildConnector.connector {
  const through = proxy !== undefined && isCovered(proxy, hostname) ? proxy : undefined
  const bound = localAddress !== undefined && (through !== undefined || isLoopback(hostname))
  const options = {
    secureContext: contextFor(ca),
    timeout,
    ...(lookup !== undefined && { lookup }),
    // From an IPv4 address there is no way to ::1, whatever `localhost` says first.
    ...(bound && { family: 4 }),
  }
  const connect = through ? throughProxy(through, options) : buildConnector(options)
  const spot = { hostname, port: String(port), ...(bound && { localAddress }) }
  return (target, callback) => connect({ ...target, ...spot }, callback)
}

const isLoopback = (host: string): boolean => host === 'localhost' || /^127(\.\d+){3}$/.test(host)

/** Parsing a CA costs more than a handshake: one context for all clients of a run. */
const contexts = new Map<string, SecureContext>()
const contextsKept = 4

function contextFor(ca: Dialling['ca']): SecureContext {
  const pem = typeof ca === 'string' ? ca : ca.join('\n')
  const known = contexts.get(pem)
  if (known !== undefined) return known
  if (contexts.size >= contextsKept) contexts.clear()
  const context = createSecureContext({ ca: pem })
  contexts.set(pem, context)
  return context
}
