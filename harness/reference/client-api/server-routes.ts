import type { JsonObject } from '../../matrix/event.ts'
import { defaultVersion, offeredVersions } from '../offered-versions.ts'
import type { Call, Route } from './routes.ts'

export const serverRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/_matrix/client/versions',
    handle: () => ({ versions: [...RELEASES], unstable_features: {} }),
  },
  { method: 'GET', path: '/capabilities', handle: capabilities },
]

/** Releases of the client-server API whose endpoints, as far as they are offered here, behave alike. */
const RELEASES = ['r0.6.1', ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`)]

function capabilities(call: Call): JsonObject {
  call.device()
  const available = Object.fromEntries(offeredVersions.map(({ id }) => [id, 'stable']))
  return {
    capabilities: {
      'm.room_versions': { default: defaultVersion.id, available },
      'm.change_password': { enabled: false },
      'm.set_avatar_url': { enabled: true },
      'm.set_displayname': { enabled: true },
      'm.3pid_changes': { enabled: false },
    },
  }
}
