import { join } from 'node:path'
import type { Place } from './place.ts'
import type { LaunchOptions } from './process.ts'

/**
 * A server of the user's own: `process:COMMAND`, where COMMAND is a line for `/bin/sh`, run in the current folder.
 *
 * It finds in its environment:
 * - `FEDCHECK_SERVER_NAME`: the server name to take, as in `127.12.0.7:40123`; equal to address and port
 * - `FEDCHECK_ADDRESS`, `FEDCHECK_PORT`: where to listen, with TLS, for federation and for the client API alike
 * - `FEDCHECK_TLS_CERT`, `FEDCHECK_TLS_KEY`: PEM files, the certificate (leaf and authority) and its key, to serve with
 * - `FEDCHECK_CA`: PEM file of the authority that signs every other server's certificate; trust it, and check with it
 * - `FEDCHECK_PROXY`: `http://ADDRESS:PORT` of a proxy with CONNECT, for requests to other servers. Servers that are called
 *   by a DNS name, as in `hs1.example.org:40123`, are found through it alone; those that are called by an IP address may be
 *   dialled directly, but between two targets only what goes through it can be cut. Stories that need either are skipped
 *   until the server has used it
 * - `FEDCHECK_DIR`: an empty folder for database, media and logs; each run has a new one
 *
 * It must stay in the foreground, answer `GET /_matrix/client/versions` when it is ready, allow registration with
 * `m.login.dummy`, allow federation with addresses of 127.0.0.0/8, and should have its rate limits off. It is ended by
 * SIGTERM to its process group, and by SIGKILL five seconds later; what it prints is kept as its log.
 */
export function prepareCommand(place: Place, command: string): LaunchOptions {
  return {
    command: ['/bin/sh', '-c', command],
    environment: {
      FEDCHECK_SERVER_NAME: place.serverName,
      FEDCHECK_ADDRESS: place.address,
      FEDCHECK_PORT: String(place.port),
      FEDCHECK_TLS_CERT: place.certificateFile,
      FEDCHECK_TLS_KEY: place.privateKeyFile,
      FEDCHECK_CA: place.authorityFile,
      FEDCHECK_DIR: place.directory,
      ...(place.proxy && { FEDCHECK_PROXY: `http://${place.proxy.host}:${place.proxy.port}` }),
    },
    logFile: join(place.directory, 'target.log'),
  }
}
