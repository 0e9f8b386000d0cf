import { partsOf } from '../../wire/destination.ts'
import type { InboundRequest, OutboundReply } from '../../wire/server.ts'
import type { Services } from '../services.ts'
import { overviewOf } from './overview.ts'
import { page, pagePolicy } from './page.ts'
import { home, type Recent } from './recent.ts'
import { roomViewOf } from './room-view.ts'

/** For every answer: nobody else's page may look at it, and nothing keeps it. */
const guards = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** Answers what lies under /_fedcheck/: a page that shows what a server is doing, for whoever runs it. Undefined: another path. */
export function inspect(
  { method, path, query, headers }: InboundRequest,
  services: Services,
  recent: Recent,
): OutboundReply | undefined {
  if (path === home.slice(0, -1)) return { status: 308, headers: { location: home } }
  if (!path.startsWith(home)) return undefined
  if (!isNamed(headers['host'] ?? '', services.name)) return { status: 403, headers: guards }
  if (method !== 'GET') return { status: 405, headers: { ...guards, allow: 'GET' } }
  switch (path.slice(home.length)) {
    case '':
      return { status: 200, headers: { ...guards, ...pagePolicy }, bytes: Buffer.from(page) }
    case 'overview.json':
      return json(overviewOf(services, recent))
    case 'room.json': {
      const room = services.rooms.get(query['id']?.[0] ?? '')
      return room === undefined ? { status: 404, headers: guards } : json(roomViewOf(room))
    }
    default:
      return { status: 404, headers: guards }
  }
}

/** A page of somebody else may have its own name lead here (DNS rebinding); it cannot take one of these. */
function isNamed(host: string, serverName: string): boolean {
  const parts = partsOf(host)
  if (parts === undefined) return false
  return parts.isAddress || ['localhost', partsOf(serverName)?.host].includes(parts.host)
}

const json = (value: object): OutboundReply => ({
  status: 200,
  headers: { ...guards, 'content-type': 'application/json' },
  bytes: Buffer.from(JSON.stringify(value)),
})
