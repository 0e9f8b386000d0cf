import type { RoomVersion } from '../../matrix/room-version.ts'
import { MatrixError } from '../errors.ts'
import type { ClientApi } from '../homeserver.ts'
import { defaultVersion } from '../offered-versions.ts'
import type { Services } from '../services.ts'
import { Directories } from '../users/directories.ts'
import type { UserOperations } from '../users/operations.ts'
import type { People } from '../users/people.ts'
import { Reading } from '../users/reading.ts'
import type { InboundRequest, OutboundReply } from '../../wire/server.ts'
import { accountDataRoutes } from './account-data-routes.ts'
import { accountRoutes } from './account-routes.ts'
import { deviceRoutes } from './device-routes.ts'
import { directoryRoutes } from './directory-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { readBody } from './fields.ts'
import { filterRoutes } from './filter-routes.ts'
import { historyRoutes } from './history-routes.ts'
import { exploringRoutes } from './exploring-routes.ts'
import { InteractiveAuth } from './interactive-auth.ts'
import { keyRoutes } from './key-routes.ts'
import { knockRoutes } from './knock-routes.ts'
import { Logins } from './logins.ts'
import type { Device } from './logins.ts'
import { mediaRoutes } from './media-routes.ts'
import { membershipRoutes } from './membership-routes.ts'
import { Nonces } from './nonces.ts'
import { oldSyncRoutes } from './old-sync-routes.ts'
import { openidRoutes } from './openid-routes.ts'
import { passingRoutes } from './passing-routes.ts'
import { profileRoutes } from './profile-routes.ts'
import { pushRoutes } from './push-routes.ts'
import { Pushers } from './pushers.ts'
import { registrationRoutes } from './registration-routes.ts'
import type { Registration } from './registration.ts'
import { roomRoutes } from './room-routes.ts'
import { RawReply, Routes } from './routes.ts'
import type { ClientServices, Found, Route } from './routes.ts'
import { searchRoutes } from './search-routes.ts'
import { Sent } from './sent.ts'
import { serverRoutes } from './server-routes.ts'
import { sharedSecretRoutes } from './shared-secret.ts'
import { StoredFilters } from './stored-filters.ts'
import { syncRoutes } from './sync-routes.ts'
import { toDeviceRoutes } from './to-device-routes.ts'

/** client-server API, "Web Browser Clients". */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'X-Requested-With, Content-Type, Authorization',
}

/** All that clients can ask for. */
export const clientRoutes: readonly Route[] = [
  ...serverRoutes,
  ...registrationRoutes,
  ...sharedSecretRoutes,
  ...accountRoutes,
  ...membershipRoutes,
  ...knockRoutes,
  ...exploringRoutes,
  ...roomRoutes,
  ...eventRoutes,
  ...historyRoutes,
  ...searchRoutes,
  ...syncRoutes,
  ...oldSyncRoutes,
  ...filterRoutes,
  ...accountDataRoutes,
  ...pushRoutes,
  ...profileRoutes,
  ...directoryRoutes,
  ...deviceRoutes,
  ...keyRoutes,
  ...toDeviceRoutes,
  ...passingRoutes,
  ...openidRoutes,
  ...mediaRoutes,
]

const routes = new Routes(clientRoutes)

/** What the client API needs of a server. */
export interface Offered {
  readonly name: string
  readonly users: UserOperations
  readonly people: People
  readonly services: Services
}

export interface ClientApiOptions {
  /** Absent: open. */
  readonly registration?: Registration
  /** For Synapse's registration by a shared secret; absent: there is none. */
  readonly registrationSecret?: string
  /** What `.well-known/matrix/client` names; absent: the server name by HTTPS. */
  readonly baseUrl?: string
  /** Of rooms for which a client names none; absent: what the specification recommends. */
  readonly defaultVersion?: RoomVersion
}

/** The client-server API of the reference: each handler only translates, what is done is in `users`. */
export function clientApi(server: Offered, options: ClientApiOptions = {}): ClientApi {
  const { store, clock, accountData, pushRules } = server.services
  const parts: ClientServices = {
    serverName: server.name,
    users: server.users,
    people: server.people,
    reading: new Reading(server.services),
    directories: new Directories(server.services, server.users),
    logins: new Logins({ users: server.users, devices: server.people.devices, store }),
    sent: new Sent(store),
    filters: new StoredFilters(store),
    pushers: new Pushers(store, server.people.devices),
    accountData,
    pushRules,
    clock,
    interactive: new InteractiveAuth(),
    nonces: new Nonces(clock),
    registration: { kind: 'open' },
    baseUrl: `https://${server.name}`,
    defaultVersion,
    ...options,
  }
  return async (request) => {
    const reply = await answer(request, parts)
    // What a client is told has been done stays done.
    if (request.method !== 'GET' && request.method !== 'OPTIONS') await store.durable()
    return { ...reply, headers: { ...CORS, ...reply.headers } }
  }
}

async function answer(request: InboundRequest, parts: ClientServices): Promise<OutboundReply> {
  if (request.method === 'OPTIONS') return { status: 204 }
  try {
    const { handle, params } = found(routes.find(request.method, request.path))
    const answered = await handle({
      ...parts,
      params,
      query: request.query,
      headers: request.headers,
      bytes: request.body,
      body: () => readBody(request.body),
      device: () => deviceOf(request, parts),
      signal: request.signal,
    })
    if (answered instanceof RawReply)
      return { status: 200, bytes: answered.bytes, headers: answered.headers }
    return { status: 200, json: answered }
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    return { status: error.status, json: error.body }
  }
}

function deviceOf(request: InboundRequest, { logins, people, clock }: ClientServices): Device {
  const device = logins.device(tokenOf(request))
  people.devices.seen(device.user, device.id, clock())
  return device
}

function found(route: Found): Exclude<Found, undefined | 'other-method'> {
  if (route === undefined) throw new MatrixError(404, 'M_UNRECOGNIZED', 'no such endpoint')
  if (route === 'other-method') throw new MatrixError(405, 'M_UNRECOGNIZED', 'no such method here')
  return route
}

function tokenOf(request: InboundRequest): string | undefined {
  const header = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')
  return header?.[1] ?? request.query['access_token']?.[0]
}
