import { request } from 'node:http'
import { isIP, isIPv6, type Socket } from 'node:net'
import { buildConnector } from 'undici'

/** An HTTP proxy for tunnels (RFC 9110, CONNECT), spoken to without TLS. */
export interface ProxyPlace {
  readonly host: string
  readonly port: number
  /** `names`: IP literals are dialled directly. */
  readonly covers: 'everything' | 'names'
}

export const isCovered = ({ covers }: ProxyPlace, host: string): boolean =>
  covers === 'everything' || isIP(host) === 0

/** The proxy did not open a tunnel. */
class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal'
  readonly code = 'EHOSTUNREACH'
}

/** Connects as undici does by itself, but through a tunnel: TLS is between this side and the far end. */
export function throughProxy(
  proxy: ProxyPlace,
  options: buildConnector.BuildOptions & { readonly timeout: number },
): buildConnector.connector {
  const secured = buildConnector(options)
  return (target, callback) => {
    void openTunnel(proxy, target, options.timeout).then(
      (httpSocket) => secured({ ...target, httpSocket }, callback),
      (error: Error) => callback(error, null),
    )
  }
}

/** Rejects with the system's error, or a ProxyRefusal. */
function openTunnel(
  { host, port }: ProxyPlace,
  { hostname, port: wanted, localAddress }: buildConnector.Options,
  timeout: number,
): Promise<Socket> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${wanted}`
  const asked = request({
    method: 'CONNECT',
    host,
    port,
    path: authority,
    headers: { host: authority },
    agent: false,
    timeout,
    ...(localAddress && { localAddress }),
  })
  return new Promise((resolve, reject) => {
    asked.once('error', reject)
    asked.once('timeout', () =>
      asked.destroy(new ProxyRefusal(`the proxy did not answer for ${authority}`)),
    )
    asked.once('connect', ({ statusCode }, socket: Socket, head: Buffer) => {
      if (statusCode === 200) {
        socket.setTimeout(0)
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      reject(new ProxyRefusal(`the proxy answered ${statusCode} for ${authority}`))
    })
    asked.end()
  })
}
