import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject, member } from '../../matrix/json.ts'
import { MatrixError, invalidParam, notFound } from '../errors.ts'
import { badJson, param } from './fields.ts'
import { ownUser } from './filter-routes.ts'
import type { Call, Route } from './routes.ts'

const ROOM = '/user/:userId/rooms/:roomId'
const longestTag = 255

export const accountDataRoutes: readonly Route[] = [
  { method: 'GET', path: '/user/:userId/account_data/:type', handle: get },
  { method: 'PUT', path: '/user/:userId/account_data/:type', handle: put },
  { method: 'GET', path: `${ROOM}/account_data/:type`, handle: get },
  { method: 'PUT', path: `${ROOM}/account_data/:type`, handle: put },
  { method: 'GET', path: `${ROOM}/tags`, handle: tags },
  { method: 'PUT', path: `${ROOM}/tags/:tag`, handle: putTag },
  { method: 'DELETE', path: `${ROOM}/tags/:tag`, handle: removeTag },
]

/** Empty beside rooms. */
function roomIn(call: Call): string {
  const roomId = param(call, 'roomId')
  const isNamed = 'roomId' in call.params
  if (isNamed && !/^![^\0]{1,254}$/.test(roomId)) throw invalidParam(`${roomId} is no room id`)
  return roomId
}

function get(call: Call): Json {
  const user = ownUser(call)
  const [roomId, type] = [roomIn(call), param(call, 'type')]
  const content = call.accountData.get(user, roomId, type)
  if (content !== undefined) return content
  if (roomId === '' && type === 'm.push_rules') return { global: call.pushRules.of(user) }
  throw notFound(`there is no ${type}`)
}

/** What has endpoints of its own. */
const RESERVED = ['m.fully_read', 'm.push_rules']

function put(call: Call): Json {
  const user = ownUser(call)
  const [roomId, type] = [roomIn(call), param(call, 'type')]
  if (RESERVED.includes(type))
    throw new MatrixError(405, 'M_BAD_JSON', `${type} cannot be set here`)
  call.accountData.set(user, roomId, { type, content: call.body() })
  return {}
}

const TAG = 'm.tag'

/** client-server-api#room-tagging: tags are account data of a room. */
function tagsOf(call: Call, user: string): JsonObject {
  const content = call.accountData.get(user, roomIn(call), TAG) ?? {}
  const kept = member(content, 'tags')
  return isObject(kept) ? kept : {}
}

function tags(call: Call): Json {
  return { tags: tagsOf(call, ownUser(call)) }
}

function putTag(call: Call): Json {
  const user = ownUser(call)
  const tag = param(call, 'tag')
  if (tag === '' || Buffer.byteLength(tag) > longestTag)
    throw invalidParam('a tag has at most 255 bytes')
  const body = call.body()
  const order = member(body, 'order')
  if (order !== undefined && (typeof order !== 'number' || order < 0 || order > 1))
    throw badJson('order is no number between 0 and 1')
  setTags(call, user, Object.fromEntries([...Object.entries(tagsOf(call, user)), [tag, body]]))
  return {}
}

function removeTag(call: Call): Json {
  const user = ownUser(call)
  const tag = param(call, 'tag')
  const others = Object.entries(tagsOf(call, user)).filter(([name]) => name !== tag)
  setTags(call, user, Object.fromEntries(others))
  return {}
}

const setTags = (call: Call, user: string, all: JsonObject): void =>
  call.accountData.set(user, roomIn(call), { type: TAG, content: { tags: all } })
