import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { isObject, member } from '../../matrix/json.ts'
import { globMatches } from '../glob.ts'
import { type PushRule, ruleKinds, type Ruleset } from './default-rules.ts'
import { pathOf } from './property-path.ts'

/** What a rule may ask of the room in which an event stands. */
export interface RuleScene {
  readonly displayName: string | undefined
  readonly joinedCount: number
  /** Whether the sender of the event has the level for a kind of notification. */
  readonly mayNotify: (key: string) => boolean
}

export interface Notice {
  readonly notify: boolean
  readonly highlight: boolean
}

const silence: Notice = { notify: false, highlight: false }

/** What a user's rules make of an event of somebody else (client-server-api#push-rules). */
export function evaluate(rules: Ruleset, event: Event, scene: RuleScene): Notice {
  for (const kind of ruleKinds) {
    const rule = rules[kind].find((one) => one.enabled && fits(one, { kind, event, scene }))
    if (rule !== undefined) return noticeOf(rule)
  }
  return silence
}

function noticeOf({ actions }: PushRule): Notice {
  const highlight = actions.some(
    (action) =>
      isObject(action) && action['set_tweak'] === 'highlight' && action['value'] !== false,
  )
  return { notify: actions.includes('notify'), highlight }
}

interface Case {
  readonly kind: keyof Ruleset
  readonly event: Event
  readonly scene: RuleScene
}

function fits(rule: PushRule, { kind, event, scene }: Case): boolean {
  if (kind === 'room') return event.roomId === rule.rule_id
  if (kind === 'sender') return event.pdu.sender === rule.rule_id
  if (kind === 'content') {
    const pattern = member(rule, 'pattern')
    return isText(pattern) && matchesProperty(event, 'content.body', pattern)
  }
  const conditions = member(rule, 'conditions')
  if (conditions === undefined) return true
  return (
    Array.isArray(conditions) &&
    conditions.every((condition: Json) => isObject(condition) && holds(condition, event, scene))
  )
}

const isText = (value: Json | undefined): value is string => typeof value === 'string'

type Condition = (condition: JsonObject, event: Event, scene: RuleScene) => boolean

/** client-server-api#conditions-1 */
const conditionKinds: Readonly<Record<string, Condition>> = {
  event_match: ({ key, pattern }, event) =>
    isText(key) && isText(pattern) && matchesProperty(event, key, pattern),
  event_property_is: (condition, event) => {
    const value = propertyOf(condition, event)
    return value !== undefined && !isCompound(value) && value === member(condition, 'value')
  },
  event_property_contains: (condition, event) => {
    const value = propertyOf(condition, event)
    return Array.isArray(value) && value.some((one: Json) => one === member(condition, 'value'))
  },
  contains_display_name: (_, event, { displayName }) =>
    displayName !== undefined && hasWords(bodyOf(event), displayName),
  room_member_count: ({ is }, _, { joinedCount }) => isText(is) && compares(joinedCount, is),
  sender_notification_permission: ({ key }, _, { mayNotify }) => isText(key) && mayNotify(key),
}

/** One that is not known holds never. */
function holds(condition: JsonObject, event: Event, scene: RuleScene): boolean {
  const { kind } = condition
  if (!isText(kind) || !Object.hasOwn(conditionKinds, kind)) return false
  return conditionKinds[kind]?.(condition, event, scene) === true
}

const propertyOf = ({ key }: JsonObject, event: Event): Json | undefined =>
  isText(key) ? propertyAt(event, key) : undefined

const isCompound = (value: Json): boolean => typeof value === 'object' && value !== null

const bodyOf = ({ pdu }: Event): string => {
  const body = member(pdu.content, 'body')
  return isText(body) ? body : ''
}

function propertyAt({ pdu, id, roomId }: Event, key: string): Json | undefined {
  const top: JsonObject = { ...pdu, event_id: id, room_id: roomId }
  return pathOf(key).reduce<Json | undefined>(
    (value, part) => (isObject(value) ? member(value, part) : undefined),
    top,
  )
}

function matchesProperty(event: Event, key: string, pattern: string): boolean {
  const value = propertyAt(event, key)
  if (!isText(value)) return false
  const [glob, text] = [pattern.toLowerCase(), value.toLowerCase()]
  if (key !== 'content.body') return globMatches(glob, text)
  // Any words: what is on either side of a boundary may be anything.
  return wordsOf(text).some(({ start, ends }) =>
    ends.some((end) => globMatches(glob, text.slice(start, end))),
  )
}

/** How much of a message is looked at for words: the number of pieces grows with the square of it. */
const mostWords = 100

/** From each beginning of a word to each end after it. */
function wordsOf(text: string): readonly { start: number; ends: readonly number[] }[] {
  const cuts = [...text.matchAll(/(?<![a-z0-9_])|(?![a-z0-9_])/g)].map(({ index }) => index)
  const few = [...new Set([...cuts.slice(0, mostWords), text.length])]
  return few.map((start) => ({ start, ends: few.filter((end) => end > start) }))
}

const hasWords = (text: string, words: string): boolean =>
  words !== '' &&
  wordsOf(text.toLowerCase()).some(({ start, ends }) =>
    ends.some((end) => text.slice(start, end).toLowerCase() === words.toLowerCase()),
  )

const comparisons: Readonly<Record<string, (count: number, wanted: number) => boolean>> = {
  '==': (count, wanted) => count === wanted,
  '<': (count, wanted) => count < wanted,
  '>': (count, wanted) => count > wanted,
  '<=': (count, wanted) => count <= wanted,
  '>=': (count, wanted) => count >= wanted,
}

/** `is`: a number, perhaps after a comparison. */
function compares(count: number, is: string): boolean {
  const found = /^(==|<=|>=|<|>)?(\d{1,9})$/.exec(is)
  return found !== null && comparisons[found[1] ?? '==']?.(count, Number(found[2])) === true
}
