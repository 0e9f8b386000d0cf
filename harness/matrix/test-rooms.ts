import * as fc from 'fast-check'
import type { JsonObject } from './event.ts'
import { parentIds } from './references.ts'
import type { RoomVersion } from './room-version.ts'
import { type TestDraft, TestRoom } from './test-room.ts'

const users = ['@creator:a', '@admin:a', '@mod:b', '@user:b', '@other:c'] as const

type User = (typeof users)[number]

type Deed = Pick<TestDraft, 'type' | 'sender' | 'state_key' | 'content'>

const anyUser = fc.constantFrom(...users)

const membership = (sender: string, target: string, value: string): Deed => ({
  type: 'm.room.member',
  sender,
  state_key: target,
  content: { membership: value },
})

const state = (type: string, sender: string, content: JsonObject): Deed => ({
  type,
  sender,
  state_key: '',
  content,
})

const anyOwnMembership = fc
  .tuple(anyUser, fc.constantFrom('join', 'leave', 'knock'))
  .map(([user, value]) => membership(user, user, value))

const anyOthersMembership = fc
  .tuple(anyUser, anyUser, fc.constantFrom('invite', 'leave', 'ban'))
  .map(([sender, target, value]) => membership(sender, target, value))

const anyLevels = fc
  .record({
    sender: anyUser,
    listed: fc.dictionary(anyUser, fc.constantFrom(0, 50, 90, 100)) as fc.Arbitrary<
      Partial<Record<User, number>>
    >,
    state_default: fc.constantFrom(0, 50, 51),
    kick: fc.constantFrom(0, 50, 90),
  })
  .map(({ sender, listed, ...levels }) => ({ sender, listed, levels }))

const anyDeed = (version: RoomVersion): fc.Arbitrary<Deed> =>
  fc.oneof(
    { arbitrary: anyOwnMembership, weight: 3 },
    { arbitrary: anyOthersMembership, weight: 4 },
    {
      arbitrary: anyLevels.map(({ sender, listed, levels }) => {
        const { '@creator:a': _, ...others } = listed
        const creator = version.privilegedCreators ? {} : { '@creator:a': 100 }
        const all = { ...others, ...creator } as JsonObject
        return state('m.room.power_levels', sender, { ...levels, users: all })
      }),
      weight: 3,
    },
    {
      arbitrary: fc
        .tuple(anyUser, fc.constantFrom('public', 'invite', 'knock'))
        .map(([sender, join_rule]) => state('m.room.join_rules', sender, { join_rule })),
      weight: 2,
    },
    { arbitrary: anyUser.map((sender) => state('m.room.topic', sender, {})), weight: 3 },
    { arbitrary: anyUser.map((sender) => ({ type: 'm.room.message', sender })), weight: 1 },
  )

/** Where an event goes: how far back its parents lie, and what its author's clock says. */
const anyPlace = fc.record({
  back: fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 3 }),
  ts: fc.integer({ min: 1000, max: 1020 }),
})

/**
 * Small rooms that fork and merge, full of quarrels: whoever may do something does it next to somebody who may forbid
 * it, clocks are wrong, and some deeds are unlawful (and then rejected).
 */
export const anyRoom = (version: RoomVersion): fc.Arbitrary<TestRoom> =>
  fc.array(fc.tuple(anyDeed(version), anyPlace), { minLength: 1, maxLength: 25 }).map((deeds) => {
    const room = new TestRoom(version)
    room.member('@creator:a', 'join')
    const levels = { '@admin:a': 90, '@mod:b': 50 }
    const creator = version.privilegedCreators ? {} : { '@creator:a': 100 }
    room.state('m.room.power_levels', '@creator:a', { users: { ...levels, ...creator } })
    room.state('m.room.join_rules', '@creator:a', { join_rule: 'public' })
    for (const user of users.slice(1)) room.member(user, 'join')
    const first = room.events.length - 1
    for (const [deed, { back, ts }] of deeds) {
      const ends = back.map((far) => Math.max(first, room.events.length - 1 - far))
      const after = [...new Set(ends)].flatMap((at) => room.events[at]?.id ?? [])
      room.addJudged({ ...deed, after, ts })
    }
    return room
  })

/** Ids of the events that have no children. */
export const headsOf = (room: TestRoom): string[] => {
  const parents = new Set(room.events.flatMap(parentIds))
  return room.events.map(({ id }) => id).filter((id) => !parents.has(id))
}
