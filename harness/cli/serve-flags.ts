import type { Command } from 'commander'
import type { ServeFlags } from './serve.ts'
import { offeredVersions } from '../reference/offered-versions.ts'
import { baseUrl, oneOf, registration, repeated, seedNumber } from './values.ts'

/** `fedcheck serve`, with what it can be told. */
export function addServe(cli: Command): void {
  const serve = cli
    .command('serve')
    .description('run the reference homeserver alone, for clients and other servers')
  addPlaces(serve)
  addTrust(serve)
  addClients(serve)
  serve
    .option(
      '--data <dir>',
      'folder to keep everything in; several servers have a folder each in it (default: nothing is kept)',
    )
    .option(
      '--inspector',
      'show rooms, event graphs, queues and exchanges at /_fedcheck/ of --client-listen, to whoever gets there',
    )
    .option(
      '--partial-joins',
      'join rooms without most of their memberships at first (default: with everything)',
    )
    .option('--quirk <name>', 'one deliberate fault; `fedcheck list --quirks` names them')
    .option('--seed <n>', 'for all that is chosen', seedNumber, 0)
    .option(
      '--log <form>',
      'what goes to standard error: json, text, or quiet for faults only',
      oneOf('json', 'text', 'quiet'),
      'text',
    )
    .addHelpText('after', help)
    .action(async (flags: ServeFlags) => {
      const { serveCommand } = await import('./serve.ts')
      process.exitCode = await serveCommand(flags)
    })
}

function addPlaces(serve: Command): void {
  serve
    .option(
      '--name <name>',
      'server name (default: address and port); given again, another server in the same process',
      repeated,
    )
    .option(
      '--listen <host:port>',
      'IP address and port, with TLS, for federation and clients; one for each name (default: 127.0.0.1:8448)',
      repeated,
    )
    .option(
      '--client-listen <host:port>',
      'the same without TLS, beside it; one for each name, or none',
      repeated,
    )
    .option(
      '--well-known <name>',
      'server name that .well-known/matrix/server gives (default: there is no such page)',
    )
}

function addTrust(serve: Command): void {
  serve
    .option(
      '--tls-cert <file>',
      'certificate, RSA or EC, PEM (default: from an authority made for this run, which is printed)',
    )
    .option('--tls-key <file>', 'its key, PEM')
    .option(
      '--ca <file>',
      'authorities to trust, PEM (default: the one made for this run; with --tls-cert those of Node)',
    )
    .option('--system-roots', 'trust the authorities that come with Node too')
    .option('--proxy <host:port>', 'HTTP proxy with CONNECT, for requests to other servers')
    .option('--proxy-names-only', 'dial servers that are named by an IP address directly')
}

function addClients(serve: Command): void {
  serve
    .option(
      '--registration <kind>',
      'who may register: open, closed, or token:TOKEN (default: open)',
      registration,
    )
    .option(
      '--registration-shared-secret <secret>',
      "also register whoever knows it, as Synapse's /_synapse/admin/v1/register does",
    )
    .option(
      '--public-url <url>',
      'what .well-known/matrix/client names (default: the server name by HTTPS)',
      baseUrl,
    )
    .option(
      '--room-version <id>',
      'version of rooms that are made without saying which (default: 12)',
      oneOf(...offeredVersions.map(({ id }) => id)),
    )
}

const help = `
It is ready when GET /_matrix/client/versions answers, and when it says so on standard output.
SIGTERM or SIGINT: what is under way is answered, then it ends with 0; a second one ends it at once with 130.
Options that do not fit, a port that is taken, data that cannot be used: exit code 2.

Examples:
  fedcheck serve
  fedcheck serve --name hs1 --listen 0.0.0.0:8448 --client-listen 0.0.0.0:8008 \\
    --tls-cert hs1.crt --tls-key hs1.key --ca ca.crt --data /var/lib/hs1 --log json
  fedcheck serve --name a.test:8001 --listen 127.0.0.1:8001 --name b.test:8002 --listen 127.0.0.1:8002`
