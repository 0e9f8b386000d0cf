import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { MatrixError, invalidParam } from '../errors.ts'
import type { RuleKind } from '../push/default-rules.ts'
import { isRuleKind } from '../push/push-rules.ts'
import { badJson, flag, list, missing, objects, param, present, queried, text } from './fields.ts'
import type { Call, Route } from './routes.ts'

const RULE = '/pushrules/global/:kind/:ruleId'

export const pushRoutes: readonly Route[] = [
  { method: 'GET', path: '/pushrules', handle: rulesets },
  { method: 'GET', path: '/pushrules/', handle: rulesets },
  { method: 'GET', path: '/pushrules/global', handle: ruleset },
  { method: 'GET', path: '/pushrules/global/', handle: ruleset },
  { method: 'GET', path: RULE, handle: rule },
  { method: 'PUT', path: RULE, handle: putRule },
  { method: 'DELETE', path: RULE, handle: removeRule },
  { method: 'GET', path: `${RULE}/enabled`, handle: (call) => fieldOf(call, 'enabled') },
  { method: 'PUT', path: `${RULE}/enabled`, handle: enable },
  { method: 'GET', path: `${RULE}/actions`, handle: (call) => fieldOf(call, 'actions') },
  { method: 'PUT', path: `${RULE}/actions`, handle: setActions },
  { method: 'GET', path: '/pushers', handle: pushers },
  { method: 'POST', path: '/pushers/set', handle: setPusher },
  { method: 'GET', path: '/notifications', handle: notifications },
]

function rulesets(call: Call): Json {
  return { global: ruleset(call) }
}

function ruleset(call: Call): JsonObject {
  return { ...call.pushRules.of(call.device().user) }
}

function named(call: Call): { readonly kind: RuleKind; readonly id: string } {
  const [kind, id] = [param(call, 'kind'), param(call, 'ruleId')]
  if (!isRuleKind(kind)) throw invalidParam(`${kind} is no kind of push rule`)
  return { kind, id }
}

/** Without an id, as older clients ask: all rules of the kind. */
function rule(call: Call): Json {
  const { user } = call.device()
  const { kind, id } = named(call)
  return id === '' ? (call.pushRules.of(user)[kind] ?? []) : call.pushRules.get(user, { kind, id })
}

function fieldOf(call: Call, field: 'enabled' | 'actions'): Json {
  return { [field]: call.pushRules.get(call.device().user, named(call))[field] }
}

function putRule(call: Call): Json {
  const { user } = call.device()
  const name = named(call)
  if (/^\.|[/\\]/.test(name.id) || name.id === '')
    throw invalidParam(`${name.id} is no id of a rule of one’s own`)
  const body = call.body()
  call.pushRules.put(user, name, ruleIn(name.kind, body), {
    ...present('before', queried(call, 'before')),
    ...present('after', queried(call, 'after')),
  })
  return {}
}

function ruleIn(kind: RuleKind, body: JsonObject): JsonObject {
  const actions = actionsIn(body)
  if (kind === 'content') return { actions, pattern: text(body, 'pattern') }
  if (kind === 'room' || kind === 'sender') return { actions }
  const conditions = objects(body, 'conditions')
  for (const condition of conditions) text(condition, 'kind')
  return { actions, conditions }
}

function actionsIn(body: JsonObject): readonly Json[] {
  if (!('actions' in body)) throw missing('actions')
  const actions = list(body, 'actions')
  if (actions.every((action) => typeof action === 'string' || isObject(action))) return actions
  throw badJson('actions holds something else than strings and objects')
}

function removeRule(call: Call): Json {
  call.pushRules.remove(call.device().user, named(call))
  return {}
}

function enable(call: Call): Json {
  const { user } = call.device()
  const enabled = flag(call.body(), 'enabled')
  if (enabled === undefined) throw missing('enabled')
  call.pushRules.change(user, named(call), { enabled })
  return {}
}

function setActions(call: Call): Json {
  const { user } = call.device()
  call.pushRules.change(user, named(call), { actions: actionsIn(call.body()) })
  return {}
}

function pushers(call: Call): Json {
  return { pushers: call.pushers.of(call.device().user) }
}

/** client-server-api#post_matrixclientv3pushersset: they are kept for their user, but nothing here pushes. */
function setPusher(call: Call): Json {
  const device = call.device()
  const body = call.body()
  const [key, app] = [text(body, 'pushkey'), text(body, 'app_id')]
  if (key.length > 512 || app.length > 64) throw invalidParam('pushkey or app_id is too long')
  const { kind } = body
  if (kind === null) call.pushers.remove(device.user, app, key)
  else {
    if (kind !== 'http' && kind !== 'email') throw invalidParam('kind is neither http nor email')
    for (const field of ['app_display_name', 'device_display_name', 'lang']) text(body, field)
    if (!isObject(body['data'])) throw missing('data')
    const { append: _, ...pusher } = body
    call.pushers.set(device, pusher, flag(body, 'append') ?? false)
  }
  return {}
}

/** Nothing is pushed, so nothing is recorded as such. */
function notifications(call: Call): Json {
  call.device()
  if (queried(call, 'from') !== undefined)
    throw new MatrixError(400, 'M_INVALID_PARAM', 'from is not a token of this server')
  return { notifications: [] }
}
