/** One operation of the server-server API. `path` holds parameters as `:name`, each filling one whole segment. */
export interface Operation {
  readonly name: string
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  /** Whether X-Matrix is demanded (server-server-api#request-authentication). */
  readonly signed: boolean
}

const fed = '/_matrix/federation'

/** All 36 operations of the server-server API v1.19 by our names for them. */
export const operations = {
  wellKnown: open('wellKnown', 'GET', '/.well-known/matrix/server'),
  version: open('version', 'GET', `${fed}/v1/version`),
  serverKeys: open('serverKeys', 'GET', '/_matrix/key/v2/server'),
  queryKeys: open('queryKeys', 'GET', '/_matrix/key/v2/query/:serverName'),
  queryKeysBatch: open('queryKeysBatch', 'POST', '/_matrix/key/v2/query'),
  send: signed('send', 'PUT', `${fed}/v1/send/:txnId`),
  eventAuth: signed('eventAuth', 'GET', `${fed}/v1/event_auth/:roomId/:eventId`),
  backfill: signed('backfill', 'GET', `${fed}/v1/backfill/:roomId`),
  getMissingEvents: signed('getMissingEvents', 'POST', `${fed}/v1/get_missing_events/:roomId`),
  state: signed('state', 'GET', `${fed}/v1/state/:roomId`),
  stateIds: signed('stateIds', 'GET', `${fed}/v1/state_ids/:roomId`),
  event: signed('event', 'GET', `${fed}/v1/event/:eventId`),
  timestampToEvent: signed('timestampToEvent', 'GET', `${fed}/v1/timestamp_to_event/:roomId`),
  makeJoin: signed('makeJoin', 'GET', `${fed}/v1/make_join/:roomId/:userId`),
  sendJoin: signed('sendJoin', 'PUT', `${fed}/v2/send_join/:roomId/:eventId`),
  makeKnock: signed('makeKnock', 'GET', `${fed}/v1/make_knock/:roomId/:userId`),
  sendKnock: signed('sendKnock', 'PUT', `${fed}/v1/send_knock/:roomId/:eventId`),
  inviteV1: signed('inviteV1', 'PUT', `${fed}/v1/invite/:roomId/:eventId`),
  invite: signed('invite', 'PUT', `${fed}/v2/invite/:roomId/:eventId`),
  makeLeave: signed('makeLeave', 'GET', `${fed}/v1/make_leave/:roomId/:userId`),
  sendLeave: signed('sendLeave', 'PUT', `${fed}/v2/send_leave/:roomId/:eventId`),
  exchangeThirdPartyInvite: signed(
    'exchangeThirdPartyInvite',
    'PUT',
    `${fed}/v1/exchange_third_party_invite/:roomId`,
  ),
  onBind: open('onBind', 'PUT', `${fed}/v1/3pid/onbind`),
  publicRooms: signed('publicRooms', 'GET', `${fed}/v1/publicRooms`),
  publicRoomsFiltered: signed('publicRoomsFiltered', 'POST', `${fed}/v1/publicRooms`),
  hierarchy: signed('hierarchy', 'GET', `${fed}/v1/hierarchy/:roomId`),
  // The named queries stand before the generic one: the first row that fits wins.
  directory: signed('directory', 'GET', `${fed}/v1/query/directory`),
  profile: signed('profile', 'GET', `${fed}/v1/query/profile`),
  query: signed('query', 'GET', `${fed}/v1/query/:queryType`),
  openidUserinfo: open('openidUserinfo', 'GET', `${fed}/v1/openid/userinfo`),
  devices: signed('devices', 'GET', `${fed}/v1/user/devices/:userId`),
  keysClaim: signed('keysClaim', 'POST', `${fed}/v1/user/keys/claim`),
  keysQuery: signed('keysQuery', 'POST', `${fed}/v1/user/keys/query`),
  mediaDownload: signed('mediaDownload', 'GET', `${fed}/v1/media/download/:mediaId`),
  mediaThumbnail: signed('mediaThumbnail', 'GET', `${fed}/v1/media/thumbnail/:mediaId`),
  policySign: signed('policySign', 'POST', '/_matrix/policy/v1/sign'),
} as const satisfies Readonly<Record<string, Operation>>

export type OperationName = keyof typeof operations

function signed(name: string, method: Operation['method'], path: string): Operation {
  return { name, method, path, signed: true }
}

function open(name: string, method: Operation['method'], path: string): Operation {
  return { name, method, path, signed: false }
}

const list: readonly Operation[] = Object.values(operations)

/** The operation of that name, or undefined: for names that come from outside the type system. */
export function operationNamed(name: string): Operation | undefined {
  return byName.get(name)
}

const byName = new Map(list.map((operation) => [operation.name, operation]))

interface Route {
  readonly operation: Operation
  readonly segments: readonly string[]
}

/** Routes by method and number of segments: the few that share both are tried one by one. */
const routes = new Map<string, Route[]>()
for (const operation of list) {
  const segments = operation.path.split('/')
  const key = `${operation.method} ${segments.length}`
  routes.set(key, [...(routes.get(key) ?? []), { operation, segments }])
}

export interface Matched {
  readonly operation: Operation
  /** Path parameters, unescaped. */
  readonly params: Readonly<Record<string, string>>
}

/** Which operation a request line asks for; undefined for an unknown path, method, or a path with broken escapes. */
export function operationOf(method: string, uri: string): Matched | undefined {
  const end = uri.indexOf('?')
  const segments = (end < 0 ? uri : uri.slice(0, end)).split('/')
  for (const route of routes.get(`${method} ${segments.length}`) ?? []) {
    const params = fit(route.segments, segments)
    if (params !== undefined) return { operation: route.operation, params }
  }
  return undefined
}

function fit(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined
      continue
    }
    const value = unescaped(segment)
    if (value === undefined || value === '') return undefined
    params[part.slice(1)] = value
  }
  return params
}

function unescaped(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

export type Query = Readonly<Record<string, string | readonly string[]>>

/** Path and query as they go on the wire, everything escaped. Throws when a path parameter is missing. */
export function uriOf(
  operation: Operation | OperationName,
  params: Readonly<Record<string, string>> = {},
  query: Query = {},
): string {
  const { name, path } = typeof operation === 'string' ? operations[operation] : operation
  const filled = path.replace(/:(\w+)/g, (_, parameter: string) => {
    const value = params[parameter]
    if (value === undefined) throw new TypeError(`${name} needs the path parameter ${parameter}`)
    return encodeURIComponent(value)
  })
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (typeof value === 'string' ? [value] : value).map(
      (one) => `${encodeURIComponent(key)}=${encodeURIComponent(one)}`,
    ),
  )
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
}
