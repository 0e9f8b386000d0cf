import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Addresses } from '../wire/addresses.ts'
import type { Authority } from '../wire/tls.ts'

/** What a run lends to the targets that it starts. */
export interface TargetContext {
  readonly authority: Authority
  readonly addresses: Addresses
  /** Scratch: every target makes a folder of its own in it. */
  readonly directory: string
  readonly seed: number
  readonly startTimeoutMs: number
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
}

export async function preparePlace(label: string, context: TargetContext): Promise<Place> {
  const address = context.addresses.next()
  const port = await freePort(address)
  const directory = await mkdtemp(join(context.directory, `${label}-`))
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
  }
  await writeFile(place.certificateFile, credentials.certificate)
  await writeFile(place.privateKeyFile, credentials.privateKey, { mode: 0o600 })
  await writeFile(place.authorityFile, context.authority.certificate)
  return place
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
