import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { synapse } from '../../fixtures/targets/synapse.ts'
import type { Json, JsonObject } from '../matrix/event.ts'
import { TargetError } from './errors.ts'
import { installedSynapse } from './install.ts'
import type { Place } from './place.ts'
import type { LaunchOptions } from './process.ts'
import { run } from './python.ts'

/**
 * Writes configuration and signing key into the place, and a database to start with where there is one.
 * @throws TargetError `not-installed`
 */
export async function prepareSynapse(place: Place): Promise<LaunchOptions> {
  const installed = installedSynapse()
  if (installed === undefined) {
    throw new TargetError('not-installed', `Synapse ${synapse.version} is not installed`, {
      advice: 'Fetch it with: npx fedcheck target install synapse',
    })
  }
  const file = join(place.directory, 'homeserver.yaml')
  await writeJson(file, settings(place))
  await writeJson(join(place.directory, 'log.yaml'), LOGGING)
  await writeFile(join(place.directory, 'signing.key'), newSigningKey(), { mode: 0o600 })
  if (place.synapseDatabase === undefined && existsSync(template(installed)))
    await copyFile(template(installed), database(place))
  return {
    command: [join(installed, 'bin/python'), '-m', synapse.module, '-c', file],
    environment: { PYTHONUNBUFFERED: '1' },
    directory: place.directory,
    logFile: join(place.directory, 'target.log'),
  }
}

/**
 * Keeps the database of a server that has just started and has no users yet: creating its tables takes a third of a
 * start. It is not bound to a server name as long as it holds no users.
 */
export async function keepTemplate(place: Place): Promise<void> {
  const installed = installedSynapse()
  const isElsewhere = place.synapseDatabase !== undefined
  if (installed === undefined || isElsewhere || existsSync(template(installed))) return
  const copy = `${template(installed)}.${process.pid}`
  const code =
    'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("VACUUM INTO ?", [sys.argv[2]])'
  const made = await run([join(installed, 'bin/python'), '-c', code, database(place), copy])
  if (made.code === 0) await rename(copy, template(installed))
}

const template = (installed: string) => join(installed, 'template.db')
const database = (place: Place) => join(place.directory, 'homeserver.db')
const newSigningKey = () =>
  `ed25519 a_target ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`

const LOGGING = {
  version: 1,
  formatters: {
    line: { format: '%(asctime)s %(levelname)s %(name)s %(request)s %(message)s' },
  },
  filters: { context: { '()': 'synapse.logging.context.LoggingContextFilter', request: '' } },
  handlers: {
    console: { class: 'logging.StreamHandler', formatter: 'line', filters: ['context'] },
  },
  root: { level: 'WARNING', handlers: ['console'] },
  disable_existing_loggers: false,
}

function settings(place: Place): JsonObject {
  const at = (name: string) => join(place.directory, name)
  return {
    ...(synapse.settings as JsonObject),
    server_name: place.serverName,
    ...proxySettings(place),
    public_baseurl: `https://${place.serverName}/`,
    pid_file: at('homeserver.pid'),
    signing_key_path: at('signing.key'),
    macaroon_secret_key: 'fedcheck',
    form_secret: 'fedcheck',
    registration_shared_secret: 'fedcheck',
    media_store_path: at('media'),
    log_config: at('log.yaml'),
    database: place.synapseDatabase ?? {
      name: 'sqlite3',
      args: { database: database(place) },
    },
    federation_custom_ca_list: [place.authorityFile],
    tls_certificate_path: place.certificateFile,
    tls_private_key_path: place.privateKeyFile,
    listeners: [
      {
        port: place.port,
        bind_addresses: [place.address],
        type: 'http',
        tls: true,
        resources: [{ names: ['client', 'federation'], compress: false }],
      },
    ],
  }
}

/**
 * Its `no_proxy_hosts` are endings of host names, so the numbers from 0 to 255 stand for all IPv4 literals, which are then
 * dialled directly. Without an entry everything goes through the proxy.
 */
function proxySettings({ proxy }: Place): JsonObject {
  if (proxy === undefined) return {}
  const octets = Array.from({ length: 256 }, (_, octet) => String(octet))
  return {
    https_proxy: `http://${proxy.host}:${proxy.port}`,
    no_proxy_hosts: proxy.covers === 'names' ? octets : [],
  }
}

/** YAML takes JSON as it is. */
async function writeJson(file: string, value: Json): Promise<void> {
  await writeFile(file, JSON.stringify(value, null, 2))
}
