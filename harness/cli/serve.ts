import { join } from 'node:path'
import type { Registration } from '../reference/client-api/registration.ts'
import { offeredVersion } from '../reference/offered-versions.ts'
import { type Running, serve, type ServeOptions } from '../reference/serve.ts'
import type { KeptAuthority } from '../reference/serving/kept-authority.ts'
import { jsonLine, type LogEntry, textLine } from '../reference/serving/log.ts'
import type { Authority } from '../wire/tls.ts'
import { onInterrupt } from './signals.ts'
import { UsageError } from './usage-error.ts'

export interface ServeFlags {
  readonly name?: readonly string[]
  readonly listen?: readonly string[]
  readonly clientListen?: readonly string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly ca?: string
  readonly systemRoots?: true
  readonly proxy?: string
  readonly proxyNamesOnly?: true
  readonly quirk?: string
  readonly partialJoins?: true
  readonly seed: number
  readonly registration?: Registration
  readonly registrationSharedSecret?: string
  readonly publicUrl?: string
  readonly roomVersion?: string
  readonly wellKnown?: string
  readonly data?: string
  readonly inspector?: true
  readonly log: keyof typeof logs
}

const write = (line: string) => void process.stderr.write(`${line}\n`)

const logs = {
  json: (entry: LogEntry) => write(jsonLine(entry)),
  text: (entry: LogEntry) => write(textLine(entry)),
  quiet: (entry: LogEntry) => (entry.level === 'error' ? write(textLine(entry)) : undefined),
}

/** `fedcheck serve`: comes back when every server has stopped. Throws UsageError, ServeError. */
export async function serveCommand(flags: ServeFlags): Promise<0> {
  // One for all, so that the servers of one process trust each other.
  const issuer = flags.tlsCert === undefined ? await issuerFor(flags.data) : undefined
  const all = optionsOf(flags, issuer?.authority)
  const interrupt = onInterrupt()
  const servers: Running[] = []
  const stop = () => Promise.all(servers.map((server) => server.stop()))
  interrupt.signal.addEventListener('abort', () => void stop(), { once: true })
  try {
    for (const options of all) {
      servers.push(await serve(options))
      if (interrupt.signal.aborted) await stop()
    }
    await issuer?.keep()
    if (!interrupt.signal.aborted) announce(servers)
    await Promise.all(servers.map(({ ended }) => ended))
    return 0
  } finally {
    await stop()
    interrupt.ended()
  }
}

/** With data, that of the runs before. What makes certificates is loaded only where none was given. */
async function issuerFor(data: string | undefined): Promise<KeptAuthority> {
  if (data !== undefined) {
    const { keptAuthority } = await import('../reference/serving/kept-authority.ts')
    return keptAuthority(data)
  }
  const { createAuthority } = await import('../wire/tls.ts')
  return { authority: await createAuthority(), keep: async () => {} }
}

/** The lines on being ready come last, so that whoever has read them has read all. */
function announce(servers: readonly Running[]): void {
  const issuer = servers[0]?.issuer
  if (issuer !== undefined) process.stdout.write(`${issuer.trim()}\n`)
  for (const { name, baseUrl, clientUrl } of servers) {
    const plain = clientUrl === undefined ? '' : ` and ${clientUrl}`
    process.stdout.write(`${name} is ready at ${baseUrl}${plain}\n`)
  }
}

/** The n-th name is the n-th address's. Throws UsageError. */
function optionsOf(flags: ServeFlags, authority?: Authority): readonly ServeOptions[] {
  const { name: names = [], listen = ['127.0.0.1:8448'], clientListen = [], ...others } = flags
  const { registration, registrationSharedSecret, publicUrl, roomVersion, ...further } = others
  const { wellKnown, data, log, ...rest } = further
  const defaultVersion = roomVersion === undefined ? undefined : offeredVersion(roomVersion)
  checkCounts(names, listen, clientListen)
  const shared = {
    ...rest,
    ...(authority === undefined ? {} : { authority }),
    clients: {
      ...(registration === undefined ? {} : { registration }),
      ...given('registrationSecret', registrationSharedSecret),
      ...given('baseUrl', publicUrl),
      ...(defaultVersion === undefined ? {} : { defaultVersion }),
    },
    ...given('delegatesTo', wellKnown),
    log: logs[log],
  }
  return listen.map((address, index) => ({
    ...shared,
    listen: address,
    ...given('name', names[index]),
    ...given('clientListen', clientListen[index]),
    ...given('data', data === undefined ? data : folderOf(data, names, index)),
  }))
}

/** One server has the folder itself, several have one each in it. */
function folderOf(data: string, names: readonly string[], index: number): string {
  const name = names[index]
  return names.length > 1 && name !== undefined ? join(data, encodeURIComponent(name)) : data
}

function checkCounts(
  names: readonly string[],
  listen: readonly string[],
  clientListen: readonly string[],
): void {
  const places = `${listen.length} × --listen`
  if (names.length > listen.length || (listen.length > 1 && names.length < listen.length))
    throw new UsageError(
      `${places} and ${names.length} × --name: the n-th name listens on the n-th address`,
    )
  if (clientListen.length > 0 && clientListen.length !== listen.length)
    throw new UsageError(
      `${places} and ${clientListen.length} × --client-listen: there is one for each, or none`,
    )
  if (new Set(names).size < names.length) throw new UsageError('one --name is given twice')
}

const given = (key: string, value: string | undefined): Readonly<Record<string, string>> =>
  value === undefined ? {} : { [key]: value }
