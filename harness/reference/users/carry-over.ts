import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { MatrixError } from '../errors.ts'
import type { PushRule } from '../push/default-rules.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'

/** Kinds of push rules that clients make for one room, under its id. */
const kinds = ['override', 'room'] as const

/** client-server-api#room-upgrades: in the successor of a room a user finds the tags and push rules of that, where there are no others yet. */
export function carryOver(services: Services, room: Room, user: string): void {
  const old = stringAt(valueAt(room.create?.pdu.content, 'predecessor'), 'room_id')
  if (old === undefined || old === room.id) return
  if (services.streams.of(old)?.standpoint(user)?.wasJoined !== true) return
  try {
    copy(services, user, { from: old, to: room.id })
  } catch (error) {
    // There may be no place for more, and the user is in the room all the same.
    if (!(error instanceof MatrixError)) throw error
  }
}

interface Way {
  readonly from: string
  readonly to: string
}

function copy({ accountData, pushRules }: Services, user: string, way: Way): void {
  const { from, to } = way
  const tags = accountData.get(user, from, 'm.tag')
  if (tags !== undefined && accountData.get(user, to, 'm.tag') === undefined)
    accountData.set(user, to, { type: 'm.tag', content: tags })
  for (const kind of kinds) {
    const rules = pushRules.of(user)[kind]
    const rule = rules.find(({ rule_id }) => rule_id === from)
    if (rule === undefined || rules.some(({ rule_id }) => rule_id === to)) continue
    pushRules.put(user, { kind, id: to }, renamed(rule, way), { after: from })
    if (!rule.enabled) pushRules.change(user, { kind, id: to }, { enabled: false })
  }
}

/** The rule for the other room. */
function renamed(rule: PushRule, { from, to }: Way): JsonObject {
  const rename = (condition: Json): Json =>
    isObject(condition) && condition['key'] === 'room_id' && condition['pattern'] === from
      ? { ...condition, pattern: to }
      : condition
  const { conditions, ...rest } = rule
  return { ...rest, ...(Array.isArray(conditions) ? { conditions: conditions.map(rename) } : {}) }
}
