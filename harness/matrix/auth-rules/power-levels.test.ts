import type { JsonObject } from '../event.ts'
import { namedLevels } from '../power.ts'
import { baseUsers, type Case, powerLevels, type Row, testTable } from './test-table.ts'

/** `@mod:b`, with power 50, changes the power levels from `before` to `after`. */
const change = (before: JsonObject, after: JsonObject, sender = '@mod:b'): Case => ({
  draft: powerLevels(after, sender),
  given: [powerLevels(before)],
})

const entries = (name: string, before: number | undefined, after: number | undefined): Case =>
  change(
    { [name]: before === undefined ? {} : { 'x.type': before } },
    { [name]: after === undefined ? {} : { 'x.type': after } },
  )

const top = (name: string, before: number | undefined, after: number | undefined): Case =>
  change(
    before === undefined ? {} : { [name]: before },
    after === undefined ? {} : { [name]: after },
  )

const users = (before: JsonObject, after: JsonObject, sender?: string): Case =>
  change({ users: { ...baseUsers, ...before } }, { users: { ...baseUsers, ...after } }, sender)

/** The first power levels of a room, as they are. */
const firstWith = (content: JsonObject): Case => ({
  draft: { ...powerLevels({}, '@creator:a'), content },
  without: ['m.room.power_levels'],
})

const badLevels = ['50', 50.5, null, true, [], {}, 2 ** 53]

const shapes: Row[] = [
  ...Object.keys(namedLevels).flatMap((name) =>
    badLevels.map(
      (value): Row => ({
        rule: 'auth.pl.top_level_not_int',
        why: `${name}: ${JSON.stringify(value)}`,
        refused: { draft: powerLevels({ [name]: value }) },
        control: { draft: powerLevels({ [name]: -1 }) },
        tells: new RegExp(`^${name} is `),
      }),
    ),
  ),
  ...['events', 'notifications'].flatMap((name) =>
    ['50', 50, null, [], { 'x.type': '50' }, { 'x.type': null }].map(
      (value): Row => ({
        rule: `auth.pl.${name}_not_object`,
        why: JSON.stringify(value),
        refused: { draft: powerLevels({ [name]: value }) },
        control: { draft: powerLevels({ [name]: { 'x.type': 50 } }) },
      }),
    ),
  ),
  ...['@mod:b', 50, [], null].map(
    (value): Row => ({
      rule: 'auth.pl.users_not_object_int',
      why: `${JSON.stringify(value)}, though it may be absent`,
      refused: firstWith({ users: value }),
      control: firstWith({}),
    }),
  ),
  ...['mod:b', '@mod', '', '@mod:', '@mod:b c'].map(
    (user): Row => ({
      rule: 'auth.pl.users_bad_key_int',
      why: JSON.stringify(user),
      refused: { draft: powerLevels({ users: { ...baseUsers, [user]: 1 } }) },
      control: { draft: powerLevels({ users: { ...baseUsers, '@Historical user!:b:1': 1 } }) },
    }),
  ),
  ...badLevels.map(
    (value): Row => ({
      rule: 'auth.pl.users_bad_value_int',
      why: JSON.stringify(value),
      refused: { draft: powerLevels({ users: { ...baseUsers, '@user:b': value } }) },
      control: { draft: powerLevels({ users: { ...baseUsers, '@user:b': 99 } }) },
    }),
  ),
  {
    rule: 'auth.pl.users_bad_value_int',
    why: 'even in the first power levels, which may set any levels',
    refused: {
      draft: powerLevels({ users: { '@user:b': '1' } }, '@creator:a'),
      without: ['m.room.power_levels'],
    },
    control: {
      draft: powerLevels({ ban: 1000, users: { '@user:b': 1000 } }, '@creator:a'),
      without: ['m.room.power_levels'],
    },
  },
]

testTable('the form of power levels', shapes)

const levels: Row[] = [
  ...Object.keys(namedLevels).flatMap((name): Row[] => [
    {
      rule: 'auth.pl.top_level_current_high',
      why: `${name} is lowered from above the sender`,
      refused: name === 'state_default' ? asAdmin(top(name, 101, 1)) : top(name, 51, 1),
      control: top(name, 50, 1),
    },
    {
      rule: 'auth.pl.top_level_current_high',
      why: `${name} is removed from above the sender`,
      refused:
        name === 'state_default' ? asAdmin(top(name, 101, undefined)) : top(name, 51, undefined),
      control: top(name, 50, undefined),
    },
    {
      rule: 'auth.pl.top_level_new_high',
      why: `${name} is raised above the sender`,
      refused: top(name, 50, 51),
      control: top(name, 49, 50),
      tells: /becomes 51, the sender has power 50/,
    },
    {
      rule: 'auth.pl.top_level_new_high',
      why: `${name} is added above the sender`,
      refused: top(name, undefined, 51),
      control: top(name, undefined, 50),
    },
  ]),
  ...['events', 'notifications'].flatMap((name): Row[] => [
    {
      rule: `auth.pl.${name}_current_high`,
      why: 'lowered from above the sender',
      refused: entries(name, 51, 1),
      control: entries(name, 50, 1),
    },
    {
      rule: `auth.pl.${name}_current_high`,
      why: 'removed from above the sender',
      refused: entries(name, 51, undefined),
      control: entries(name, 51, 51),
    },
    {
      rule: `auth.pl.${name}_new_high`,
      why: 'raised above the sender',
      refused: entries(name, 0, 51),
      control: entries(name, 0, 50),
    },
    {
      rule: `auth.pl.${name}_new_high`,
      why: 'added above the sender',
      refused: entries(name, undefined, 51),
      control: entries(name, undefined, 50),
    },
  ]),
  {
    rule: 'auth.pl.users_current_ge',
    why: 'an equal is lowered',
    refused: users({ '@user:b': 50 }, { '@user:b': 1 }),
    control: users({ '@user:b': 49 }, { '@user:b': 1 }),
    tells: /@user:b now has 50, the sender has power 50/,
  },
  {
    rule: 'auth.pl.users_current_ge',
    why: 'an equal is removed',
    refused: users({ '@user:b': 50 }, {}),
    control: users({ '@user:b': 49 }, {}),
  },
  {
    rule: 'auth.pl.users_current_ge',
    why: 'a greater one is lowered, though everybody may lower themselves',
    refused: users({}, { '@admin:a': 49 }),
    control: users({}, { '@mod:b': 49 }),
  },
  {
    rule: 'auth.pl.users_new_high',
    why: 'somebody is raised above the sender',
    refused: users({}, { '@user:b': 51 }),
    control: users({}, { '@user:b': 50 }),
  },
  {
    rule: 'auth.pl.users_new_high',
    why: 'the sender raises themselves',
    refused: users({}, { '@mod:b': 51 }),
    control: users({}, {}),
  },
]

/** Where the level in question is the one that the deed itself needs, the sender needs an entry in events. */
function asAdmin({ draft, given = [] }: Case): Case {
  const events = { 'm.room.power_levels': 50 }
  return {
    draft: { ...draft, content: { ...draft.content, events } },
    given: given.map((each) => ({ ...each, content: { ...each.content, events } })),
  }
}

testTable('the change of power levels', levels)

const creators: Row[] = [
  {
    rule: 'auth.pl.creator_sender_listed',
    why: 'the sender of the create event is listed',
    refused: { draft: powerLevels({ users: { ...baseUsers, '@creator:a': 100 } }, '@creator:a') },
    control: { draft: powerLevels({ users: baseUsers }, '@creator:a') },
  },
  {
    rule: 'auth.pl.additional_creator_listed',
    why: 'an additional creator is listed',
    refused: {
      draft: powerLevels({ users: { '@mod:b': 50 } }, '@creator:a'),
      create: { additional_creators: ['@mod:b'] },
    },
    control: {
      draft: powerLevels({ users: { '@mod:b': 50 } }, '@creator:a'),
      create: { additional_creators: ['@user:b'] },
    },
  },
  {
    rule: 'auth.pl.creator_sender_listed',
    why: 'in the first power levels too',
    refused: {
      draft: powerLevels({ users: { '@creator:a': 100 } }, '@creator:a'),
      without: ['m.room.power_levels'],
    },
    control: {
      draft: powerLevels({ users: {} }, '@creator:a'),
      without: ['m.room.power_levels'],
    },
  },
]

testTable(
  'creators in power levels',
  creators.map((row) => ({ ...row, versions: ({ privilegedCreators }) => privilegedCreators })),
)
