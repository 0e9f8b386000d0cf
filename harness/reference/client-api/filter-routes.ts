import type { Json, JsonObject } from '../../matrix/event.ts'
import { forbidden, notFound } from '../errors.ts'
import { param } from './fields.ts'
import { filterObject, readFilter } from './filters.ts'
import type { ClientFilter } from './filters.ts'
import type { Call, Route } from './routes.ts'

export const filterRoutes: readonly Route[] = [
  { method: 'POST', path: '/user/:userId/filter', handle: define },
  { method: 'GET', path: '/user/:userId/filter/:filterId', handle: get },
]

/** The user whose things these are, which nobody else may touch. */
export function ownUser(call: Call): string {
  const { user } = call.device()
  if (user !== param(call, 'userId')) throw forbidden('that is another user’s')
  return user
}

function define(call: Call): Json {
  const user = ownUser(call)
  const filter = call.body()
  readFilter(filter)
  return { filter_id: call.filters.add(user, filter) }
}

function get(call: Call): JsonObject {
  const user = ownUser(call)
  const filter = call.filters.get(user, param(call, 'filterId'))
  if (filter === undefined) throw notFound('there is no such filter')
  return filter
}

/** What the `filter` parameter of a sync stands for: the id of a filter, or one in place. */
export function syncFilterIn(call: Call, user: string, given: string | undefined): ClientFilter {
  if (given === undefined) return readFilter({})
  if (given.startsWith('{')) return readFilter(filterObject(given))
  const stored = call.filters.get(user, given)
  if (stored === undefined) throw notFound('there is no such filter')
  return readFilter(stored)
}
