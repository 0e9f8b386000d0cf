import { eventOf } from './read-event.ts'
import { authorize } from './auth-rules/authorize.ts'
import type { Event, Json, JsonObject, Pdu } from './event.ts'
import { serverNameOf } from './identifiers.ts'
import { parentIds } from './references.ts'
import type { RoomVersion } from './room-version.ts'
import { signJson } from './sign-json.ts'
import { SigningKey } from './signing-key.ts'
import { type StateMap, stateKey } from './state-key.ts'
import { type TestDraft, TestRoom } from './test-room.ts'

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }

  of<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.roll(choices.length)] ?? choices[0]
  }
}

/** A room whose events have the ids, and the depths, that they would have on the wire. */
export class RealRoom extends TestRoom {
  protected override finish(event: Event): Event {
    const depths = parentIds(event).map((id) => this.lookup(id)?.pdu.depth ?? 0)
    const depth = Math.max(0, ...depths) + 1
    const given = `$${this.events.length}:${serverNameOf(event.pdu.sender)}`
    const pdu: Pdu = { ...event.pdu, depth }
    return eventOf(
      this.version.eventIds === 'given' ? { ...pdu, event_id: given } : pdu,
      this.version,
    )
  }
}

const users = ['@creator:a', '@admin:a', '@mod:b', '@user:b', '@other:c', '@late:c'] as const
const inviting = SigningKey.fromSeed(Buffer.alloc(32, 3), '0')

type Deed = Omit<TestDraft, 'after' | 'ts'>
type Author = (dice: Dice, version: RoomVersion) => Deed

const ofState = (type: string, sender: string, content: JsonObject, state_key = ''): Deed => ({
  type,
  sender,
  state_key,
  content,
})

const ownMembership: Author = (dice, version) => {
  const user = dice.of(...users)
  const membership = dice.of('join', 'join', 'join', 'leave', version.knocking ? 'knock' : 'join')
  const vouched = membership === 'join' && dice.roll(2) === 0
  const authoriser = dice.of(...users)
  return {
    ...ofState(
      'm.room.member',
      user,
      { membership, ...(vouched ? { join_authorised_via_users_server: authoriser } : {}) },
      user,
    ),
    signatures: { [serverNameOf(authoriser)]: { 'ed25519:0': 'AAAA' } },
  }
}

const othersMembership: Author = (dice) => {
  const membership = dice.of('invite', 'leave', 'ban', 'ban')
  return ofState('m.room.member', dice.of(...users), { membership }, dice.of(...users))
}

const level = (dice: Dice, version: RoomVersion): Json => {
  const value = dice.of(0, 0, 25, 50, 50, 75, 90, 100)
  return version.integerPowerLevels || dice.roll(4) > 0 ? value : dice.of(` ${value}`, `+${value}`)
}

const powerLevels: Author = (dice, version) => {
  const listed: Record<string, Json> = version.privilegedCreators ? {} : { '@creator:a': 100 }
  for (const user of users.slice(1)) if (dice.roll(2) === 0) listed[user] = level(dice, version)
  const content: Record<string, Json> = { users: listed }
  for (const name of ['ban', 'kick', 'invite', 'redact', 'state_default', 'users_default'])
    if (dice.roll(6) === 0) content[name] = level(dice, version)
  if (dice.roll(3) === 0) content['events'] = { 'm.room.topic': level(dice, version) }
  if (dice.roll(4) === 0) content['notifications'] = { room: level(dice, version) }
  return ofState('m.room.power_levels', dice.of(users[0], users[0], ...users), content)
}

const rules = ['public', 'public', 'invite', 'knock', 'restricted', 'knock_restricted'] as const
const joinRules: Author = (dice) =>
  ofState('m.room.join_rules', dice.of(users[0], ...users), { join_rule: dice.of(...rules) })

const thirdPartyInvite: Author = (dice) => {
  const content = { public_key: inviting.publicKey, display_name: 'x' }
  return ofState('m.room.third_party_invite', dice.of(...users), content, dice.of('t1', 't2'))
}

const inviteByThirdParty: Author = (dice) => {
  const target = dice.of(...users)
  const mxid = dice.roll(5) === 0 ? dice.of(...users) : target
  const signed = signJson({ mxid, token: dice.of('t1', 't2') }, 'id.test', inviting)
  const content = { membership: 'invite', third_party_invite: { display_name: 'x', signed } }
  return ofState('m.room.member', dice.of(...users), content, target)
}

const topic: Author = (dice) => ofState('m.room.topic', dice.of(...users), { topic: 'x' })
const own: Author = (dice) => ofState('x.own', dice.of(...users), {}, dice.of(...users))
const aliases: Author = (dice) =>
  ofState('m.room.aliases', dice.of(...users), { aliases: [] }, dice.of('a', 'b', 'c', ''))
const message: Author = (dice) => ({ type: 'm.room.message', sender: dice.of(...users) })
const redaction: Author = (dice) => {
  const sender = dice.of(...users)
  const id = `$r:${serverNameOf(sender)}`
  return { type: 'm.room.redaction', sender, id, redacts: `$0:${dice.of('a', 'b', 'c')}` }
}

const authors = [
  ownMembership,
  ownMembership,
  ownMembership,
  othersMembership,
  othersMembership,
  powerLevels,
  powerLevels,
  joinRules,
  topic,
  topic,
  message,
  thirdPartyInvite,
  inviteByThirdParty,
  own,
  aliases,
  redaction,
] as const

const anyDeed = (dice: Dice, version: RoomVersion): Deed =>
  dice.of(message, ...authors)(dice, version)

/** How wide the room forks: parents are among so many of the last events. */
const reach = 8

/** A room full of quarrels that forks and merges, of `size` events or a few more; unlawful ones are rejected. */
export function anyHistory(version: RoomVersion, dice: Dice, size: number): RealRoom {
  const additional = version.privilegedCreators && dice.roll(2) === 0
  const room = new RealRoom(
    version,
    users[0],
    additional ? { additional_creators: [users[1]] } : {},
  )
  room.member(users[0], 'join')
  const listed = {
    ...(version.privilegedCreators ? {} : { '@creator:a': 100 }),
    ...(additional ? {} : { '@admin:a': 90 }),
    '@mod:b': 50,
  }
  room.state('m.room.power_levels', users[0], { users: listed })
  room.state('m.room.join_rules', users[0], { join_rule: 'public' })
  for (const user of users.slice(1, 5)) room.member(user, 'join')
  const first = room.events.length - 1
  while (room.events.length < size) {
    const ends = Array.from({ length: dice.of(1, 1, 1, 2, 3) }, () => {
      const at = Math.max(first, room.events.length - 1 - dice.roll(reach))
      return room.events[at]?.id ?? ''
    })
    const ts = 1000 + room.events.length + dice.roll(20) - 10
    room.addJudged({ ...anyDeed(dice, version), after: [...new Set(ends)], ts })
  }
  return room
}

/** An event and the state that is to judge it. */
export interface Trial {
  readonly event: Event
  readonly state: StateMap
}

export const allowedIn = ({ lookup }: TestRoom, { event, state }: Trial) =>
  authorize(event, (type, key) => {
    const id = state.get(stateKey(type, key))
    return id === undefined ? undefined : lookup(id)
  })

/** The trial with one thing changed: who, whom, what, or a piece of the state. */
export function spoiled({ event, state }: Trial, room: TestRoom, dice: Dice): Trial {
  const { pdu, version } = event
  const change = (changes: Partial<Pdu>): Trial => ({
    event: eventOf({ ...pdu, ...changes }, version),
    state,
  })
  const other = anyDeed(dice, version)
  switch (dice.roll(6)) {
    case 0:
      return change({ sender: dice.of(...users) })
    case 1:
      return pdu.state_key === undefined
        ? change({ state_key: '' })
        : change({ state_key: dice.of(...users) })
    case 2:
      return change({ content: { ...pdu.content, ...other.content } })
    case 3:
      return change({ type: other.type, content: other.content ?? {} })
    case 4:
      return { event, state: without(state, dice) }
    default:
      return {
        event,
        state: room.stateAfter([dice.of(room.last, ...room.events.map(({ id }) => id))]),
      }
  }
}

/** The create event stays: nobody judges without one. */
const without = (state: StateMap, dice: Dice): StateMap => {
  const places = [...state.keys()].filter((place) => place !== stateKey('m.room.create', ''))
  const gone = dice.of('', ...places)
  return new Map([...state].filter(([place]) => place !== gone))
}
