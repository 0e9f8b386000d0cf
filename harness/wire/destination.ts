import { isIPv4, isIPv6 } from 'node:net'

/** Where a server name leads. */
export interface Place {
  readonly host: string
  readonly port: number
  /** Value of the Host header, for whose host the certificate must be; absent: the server name. */
  readonly hostHeader?: string
}

const defaultPort = 8448
const withPort = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/

/**
 * Steps 1 and 2 of server-server-api#resolving-server-names: IP literals, and names with a port. Undefined for a name
 * without a port, which takes discovery, and for what is no server name.
 */
export function placeOf(serverName: string): Place | undefined {
  const [, host = '', digits] = withPort.exec(serverName) ?? []
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host === '' || port === 0 || port > 65_535) return undefined
  if (host.startsWith('[')) {
    const literal = host.slice(1, -1)
    return isIPv6(literal) ? { host: literal, port } : undefined
  }
  return isIPv4(host) || digits !== undefined ? { host, port } : undefined
}

/** The place as the authority of a URL. */
export function originOf({ host, port }: Place): string {
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
