import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Place } from './place.ts'
import type { LaunchOptions } from './process.ts'

/** The reference homeserver as a process of its own, with one deliberate fault where a quirk is named. */
export function prepareEmbedded(place: Place, quirk?: string): LaunchOptions {
  const options = {
    name: place.serverName,
    listen: place.serverName,
    'tls-cert': place.certificateFile,
    'tls-key': place.privateKeyFile,
    ca: place.authorityFile,
    seed: String(place.seed),
    ...(place.proxy === undefined ? {} : { proxy: `${place.proxy.host}:${place.proxy.port}` }),
    ...(quirk === undefined ? {} : { quirk }),
  }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  if (place.proxy?.covers === 'names') flags.push('--proxy-names-only')
  return {
    command: [process.execPath, ...entry(), ...flags],
    logFile: join(place.directory, 'target.log'),
  }
}

/** Sources need tsx, a build does not. */
function entry(): readonly string[] {
  const kind = extname(fileURLToPath(import.meta.url))
  const file = fileURLToPath(new URL(`../reference/serve-main${kind}`, import.meta.url))
  return kind === '.ts' ? ['--import', loader(), file] : [file]
}

const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
