import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type Requirement, requirements } from '../../../fixtures/requirements/index.ts'
import type { Event, JsonObject } from '../event.ts'
import { isObject } from '../json.ts'
import { type RoomVersion, roomVersions } from '../room-version.ts'
import { TestRoom, type TestDraft } from '../test-room.ts'
import { authorize } from './authorize.ts'
import type { AuthState } from './deed.ts'
import { authStateOf } from './state-of.ts'

/**
 * Who is in the room of the tables: `@creator:a` (100, or a creator), `@admin:a` (100), `@mod:b` (50), `@user:b` (0), all
 * joined; `@invited:b`, `@knocked:b`, `@banned:b`, `@left:b`; and `@stranger:c`, of whom the room knows nothing.
 */
export const baseUsers = { '@admin:a': 100, '@mod:b': 50 } as const

const memberships = {
  '@creator:a': 'join',
  '@admin:a': 'join',
  '@mod:b': 'join',
  '@user:b': 'join',
  '@invited:b': 'invite',
  '@knocked:b': 'knock',
  '@banned:b': 'ban',
  '@left:b': 'leave',
} as const

export interface Case {
  readonly draft: TestDraft
  /** State that stands in the place of what the room of the tables has there. */
  readonly given?: readonly TestDraft[]
  /** Types of state, with empty key, that the room does not have. */
  readonly without?: readonly string[]
  /** More in the content of the create event. */
  readonly create?: JsonObject
}

export interface Row {
  readonly rule: string
  readonly why: string
  readonly refused: Case
  /** The same deed but for the one thing that is at fault: it has to be allowed. */
  readonly control: Case
  readonly versions?: (version: RoomVersion) => boolean
  /** What has to stand in the message, such as the values compared. */
  readonly tells?: RegExp
}

export const member = (
  user: string,
  membership: string,
  rest: Partial<TestDraft> = {},
): TestDraft => ({
  type: 'm.room.member',
  sender: user,
  state_key: user,
  ...rest,
  content: { membership, ...rest.content },
})

export const powerLevels = (content: JsonObject, sender = '@admin:a'): TestDraft => ({
  type: 'm.room.power_levels',
  sender,
  state_key: '',
  content: { ...content, users: content['users'] ?? baseUsers },
})

export const joinRule = (rule: string): TestDraft => ({
  type: 'm.room.join_rules',
  sender: '@admin:a',
  state_key: '',
  content: { join_rule: rule },
})

/** Where creators are not privileged they have to be listed, or would have no power. */
const withCreator = (draft: TestDraft, version: RoomVersion): TestDraft => {
  const users = draft.content?.['users']
  if (draft.type !== 'm.room.power_levels' || version.privilegedCreators || !isObject(users))
    return draft
  return { ...draft, content: { ...draft.content, users: { '@creator:a': 100, ...users } } }
}

/** The event of a case and the state that it is judged by. */
export const staged = (
  version: RoomVersion,
  { draft, given = [], without = [], create = {} }: Case,
): { event: Event; state: AuthState } => {
  const room = new TestRoom(version, '@creator:a', create)
  const drafts = [
    powerLevels({}),
    joinRule('public'),
    ...Object.entries(memberships).map(([user, membership]) => member(user, membership)),
    ...given,
  ]
  const made = drafts.map((each, at) =>
    room.make({ id: `$state${at}`, ...withCreator(each, version) }),
  )
  const kept = [...room.events, ...made].filter(
    ({ pdu }) => !(pdu.state_key === '' && without.includes(pdu.type)),
  )
  const event = room.make({ after: ['$parent'], ...withCreator(draft, version) })
  return { event, state: authStateOf(kept) }
}

/** The room versions of the rule's requirement, written `8`, `1-9` or `10+`. */
const isRuleOf = (rule: string, { id }: RoomVersion): boolean => {
  const requirement = Object.entries<Requirement>(requirements).find(([each]) => each === rule)?.[1]
  assert.ok(requirement !== undefined, `${rule} is no requirement`)
  const [first = '1', last = first] = (requirement.roomVersions ?? '1-12').split('-')
  const [low, high] = first.endsWith('+') ? [first.slice(0, -1), '12'] : [first, last]
  return Number(low) <= Number(id) && Number(id) <= Number(high)
}

/** One test for each row and version that has the rule: the deed is refused by it, and its control allowed. */
export const testTable = (title: string, rows: readonly Row[]): void => {
  for (const version of Object.values(roomVersions))
    describe(`${title} (room version ${version.id})`, () => {
      for (const row of rows)
        if (isRuleOf(row.rule, version) && (row.versions?.(version) ?? true)) testRow(version, row)
    })
}

const testRow = (version: RoomVersion, row: Row): void => {
  it(`${row.rule}: ${row.why}`, () => {
    const bad = staged(version, row.refused)
    const refusal = authorize(bad.event, bad.state)
    assert.equal(refusal?.rule, row.rule, refusal?.message)
    assert.match(refusal?.message ?? '', row.tells ?? /\w \w/)
    const good = staged(version, row.control)
    assert.equal(authorize(good.event, good.state), undefined)
  })
}
