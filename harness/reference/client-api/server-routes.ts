import type { JsonObject } from '../../matrix/event.ts'
import { notFound } from '../errors.ts'
import { offeredVersions } from '../offered-versions.ts'
import type { Call, Route } from './routes.ts'

export const serverRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/_matrix/client/versions',
    handle: () => ({ versions: [...RELEASES], unstable_features: {} }),
  },
  {
    method: 'GET',
    path: '/.well-known/matrix/client',
    handle: ({ baseUrl }) => ({ 'm.homeserver': { base_url: baseUrl } }),
  },
  { method: 'GET', path: '/capabilities', handle: capabilities },
  { method: 'GET', path: '/voip/turnServer', handle: nothing },
  { method: 'GET', path: '/thirdparty/protocols', handle: nothing },
  { method: 'GET', path: '/room_keys/version', handle: noBackup },
]

/** Releases of the client-server API whose endpoints, as far as they are offered here, behave alike. */
const RELEASES = ['r0.6.1', ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`)]

function capabilities(call: Call): JsonObject {
  call.device()
  const available = Object.fromEntries(offeredVersions.map(({ id }) => [id, 'stable']))
  return {
    capabilities: {
      'm.room_versions': { default: call.defaultVersion.id, available },
      'm.change_password': { enabled: true },
      'm.profile_fields': { enabled: true },
      'm.set_avatar_url': { enabled: true },
      'm.set_displayname': { enabled: true },
      'm.3pid_changes': { enabled: false },
      'm.get_login_token': { enabled: false },
    },
  }
}

function nothing(call: Call): JsonObject {
  call.device()
  return {}
}

/** Backups are not kept here; clients ask all the same. */
function noBackup(call: Call): never {
  call.device()
  throw notFound('there is no backup of room keys')
}
