import type { Json, JsonObject } from '../../matrix/event.ts'

const kinds = ['override', 'content', 'room', 'sender', 'underride'] as const

/** In the order in which they are checked. */
export type RuleKind = (typeof kinds)[number]

export const ruleKinds: readonly RuleKind[] = kinds

/** client-server-api#push-rules. What clients add to it is kept. */
export type PushRule = JsonObject & {
  readonly rule_id: string
  readonly default: boolean
  readonly enabled: boolean
  readonly actions: readonly Json[]
}

/** The most important first. */
export type Ruleset = { readonly [Kind in RuleKind]: readonly PushRule[] }

const matches = (key: string, pattern: string): JsonObject => ({
  kind: 'event_match',
  key,
  pattern,
})
const equals = (key: string, value: Json): JsonObject => ({ kind: 'event_property_is', key, value })
const inPairs: JsonObject = { kind: 'room_member_count', is: '2' }

const sound = (value: string): JsonObject => ({ set_tweak: 'sound', value })
const highlight: JsonObject = { set_tweak: 'highlight' }

const rule = (
  id: string,
  conditions: readonly JsonObject[],
  actions: readonly Json[] = [],
): PushRule => ({ rule_id: `.m.rule.${id}`, default: true, enabled: true, conditions, actions })

/** client-server-api#default-override-rules */
const overrides = (user: string): readonly PushRule[] => [
  { ...rule('master', []), enabled: false },
  rule('suppress_notices', [matches('content.msgtype', 'm.notice')]),
  rule(
    'invite_for_me',
    [
      matches('type', 'm.room.member'),
      matches('content.membership', 'invite'),
      matches('state_key', user),
    ],
    ['notify', sound('default')],
  ),
  rule('member_event', [matches('type', 'm.room.member')]),
  rule(
    'is_user_mention',
    [{ kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: user }],
    ['notify', sound('default'), highlight],
  ),
  rule(
    'is_room_mention',
    [
      equals('content.m\\.mentions.room', true),
      { kind: 'sender_notification_permission', key: 'room' },
    ],
    ['notify', highlight],
  ),
  rule(
    'tombstone',
    [matches('type', 'm.room.tombstone'), matches('state_key', '')],
    ['notify', highlight],
  ),
  rule('reaction', [matches('type', 'm.reaction')]),
  rule('room.server_acl', [matches('type', 'm.room.server_acl'), matches('state_key', '')]),
  rule('suppress_edits', [equals('content.m\\.relates_to.rel_type', 'm.replace')]),
]

/** client-server-api#default-underride-rules */
const underrides: readonly PushRule[] = [
  rule('call', [matches('type', 'm.call.invite')], ['notify', sound('ring')]),
  rule(
    'encrypted_room_one_to_one',
    [inPairs, matches('type', 'm.room.encrypted')],
    ['notify', sound('default')],
  ),
  rule(
    'room_one_to_one',
    [inPairs, matches('type', 'm.room.message')],
    ['notify', sound('default')],
  ),
  rule('message', [matches('type', 'm.room.message')], ['notify']),
  rule('encrypted', [matches('type', 'm.room.encrypted')], ['notify']),
]

/** client-server-api#predefined-rules */
export const defaultRules = (user: string): Ruleset => ({
  override: overrides(user),
  content: [],
  room: [],
  sender: [],
  underride: underrides,
})
