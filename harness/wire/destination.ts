import { isIPv4, isIPv6 } from 'node:net'

/** Host and port to dial. */
export interface Spot {
  /** DNS name or IP address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** Where a server name leads. */
export interface Place extends Spot {
  /** Value of the Host header, for whose host the certificate must be; absent: the server name. */
  readonly hostHeader?: string
  /** Where else the same server is, in the order of trying when one before cannot be reached. */
  readonly others?: readonly Spot[]
}

/** What a server name says. */
export interface NameParts {
  /** IPv6 without brackets. */
  readonly host: string
  readonly port?: number
  readonly isAddress: boolean
}

export const defaultPort = 8448
const withPort = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/

/** Takes a server name apart; undefined for what is none: a port out of range, an IPv6 address without brackets. */
export function partsOf(serverName: string): NameParts | undefined {
  const [, host = '', digits] = withPort.exec(serverName) ?? []
  const port = digits === undefined ? undefined : Number(digits)
  if (host === '' || port === 0 || (port !== undefined && port > 65_535)) return undefined
  const rest = port === undefined ? {} : { port }
  if (!host.startsWith('[')) return { host, isAddress: isIPv4(host), ...rest }
  const literal = host.slice(1, -1)
  return isIPv6(literal) ? { host: literal, isAddress: true, ...rest } : undefined
}

/**
 * Steps 1 and 2 of server-server-api#resolving-server-names: IP literals, and names with a port. Undefined for a name
 * without a port, which takes discovery, and for what is no server name.
 */
export function placeOf(serverName: string): Place | undefined {
  const parts = partsOf(serverName)
  if (parts === undefined) return undefined
  const { host, isAddress, port } = parts
  if (port === undefined && !isAddress) return undefined
  return { host, port: port ?? defaultPort }
}

/** The place as the authority of a URL. */
export function originOf({ host, port }: Spot): string {
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
