import { isIP } from 'node:net'
import { ServeError, type ServeErrorCode } from './serve-error.ts'

/** Where to listen, or whom to dial. */
export interface Endpoint {
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** `HOST:PORT`, `[HOST]:PORT`. Throws ServeError with the code of the option. */
export function endpointIn(text: string, option: ServeErrorCode): Endpoint {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text)
  const address = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  if (address !== undefined && isIP(address) !== 0 && port <= 65_535) return { address, port }
  throw new ServeError(
    option,
    `--${option} ${text} is not an IP address with a port, as in 127.0.0.1:8448 or [::1]:8448`,
  )
}

/** Whether it listens on every address of the machine, so that its address is no name. */
export const isEverywhere = ({ address }: Endpoint): boolean =>
  address === '0.0.0.0' || /^[0:]+$/.test(address)

/** Runs `start`, and says in plain words where the system does not give the address. Throws ServeError. */
export async function taking<Started>(
  endpoint: Endpoint,
  option: 'listen' | 'client-listen',
  start: () => Promise<Started>,
): Promise<Started> {
  try {
    return await start()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why = Object.hasOwn(reasons, code) ? reasons[code] : undefined
    if (why === undefined) throw error
    const { address, port } = endpoint
    throw new ServeError(
      option,
      `--${option}: cannot listen on ${address} port ${port}: ${why}`,
      error,
    )
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'the system does not allow it',
}
