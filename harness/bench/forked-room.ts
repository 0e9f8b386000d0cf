import { hash } from 'node:crypto'
import { authEventKeys } from '../matrix/auth-events.ts'
import type { Event, JsonObject, Pdu } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import { type StateMap, stateKey } from '../matrix/state-key.ts'

export interface ForkedRoom {
  readonly version: RoomVersion
  readonly events: readonly Event[]
  readonly lookup: (id: string) => Event | undefined
  /** The states at the ends of the forks. */
  readonly states: readonly StateMap[]
}

interface Deed {
  readonly type: string
  readonly sender: string
  readonly state_key: string
  readonly content: JsonObject
}

const creator = '@creator:hs0.example.org'
const moderators = Array.from({ length: 10 }, (_, at) => `@mod${at}:hs0.example.org`)
const memberName = (at: number): string => `@user${at}:hs${at % 50}.example.org`

/** A branch of the room: the state at its end, which grows as events are added. */
interface Branch {
  readonly state: Map<string, string>
  last: string | undefined
  depth: number
}

class Author {
  readonly version: RoomVersion
  readonly roomId = '!bench:hs0.example.org'
  readonly events: Event[] = []
  readonly byId = new Map<string, Event>()

  constructor(version: RoomVersion) {
    this.version = version
  }

  add(branch: Branch, deed: Deed, ts: number): void {
    const auth = authEventKeys(deed, this.version)
      .map(([type, key]) => branch.state.get(stateKey(type, key)))
      .filter((id) => id !== undefined)
    const digest = hash('sha256', String(this.events.length), 'base64url')
    const pdu = {
      ...deed,
      room_id: this.roomId,
      prev_events: branch.last === undefined ? [] : [branch.last],
      auth_events: auth,
      depth: branch.depth++,
      origin_server_ts: 1_700_000_000_000 + ts,
      hashes: { sha256: digest },
      signatures: { 'hs0.example.org': { 'ed25519:a': digest + digest } },
    }
    // As from the wire, where an event shares no text with another.
    const read: Pdu = JSON.parse(JSON.stringify(pdu))
    const event = { id: `$${digest}`, roomId: this.roomId, version: this.version, pdu: read }
    this.events.push(event)
    this.byId.set(event.id, event)
    branch.state.set(stateKey(deed.type, deed.state_key), event.id)
    branch.last = event.id
  }
}

const levels = (changing: number): JsonObject => {
  const users: Record<string, number> = { [creator]: 100, [memberName(changing % 40)]: 10 }
  for (const moderator of moderators) users[moderator] = 50
  for (let at = 0; at < 20; at++) users[memberName(at)] = at % 5
  return { users, users_default: 0, events: { 'm.room.topic': 50 }, invite: 0, kick: 50, ban: 50 }
}

const member = (sender: string, state_key: string, membership: string, number = 0): Deed => ({
  type: 'm.room.member',
  sender,
  state_key,
  content: { membership, displayname: `Name ${number}` },
})

/** Of a hundred events: own memberships, removals by moderators, topics, power levels, join rules. */
const deedAt = (number: number, members: number): Deed => {
  const dice = (Math.imul(number + 1, 0x9e3779b1) >>> 8) % 100
  const user = memberName((Math.imul(number + 7, 0x85ebca6b) >>> 5) % members)
  const moderator = moderators[number % moderators.length] ?? creator
  const ofRoom = { sender: creator, state_key: '' }
  if (dice < 75) return member(user, user, 'join', number)
  if (dice < 87) return member(moderator, user, 'leave', number)
  if (dice < 96)
    return {
      type: 'm.room.topic',
      sender: moderator,
      state_key: '',
      content: { topic: `${number}` },
    }
  if (dice < 99) return { ...ofRoom, type: 'm.room.power_levels', content: levels(number) }
  return { ...ofRoom, type: 'm.room.join_rules', content: { join_rule: 'public' } }
}

/** A room of `size` state events that goes apart into forks of the same length, of which none knows another. */
export const forkedRoom = (version: RoomVersion, size: number, forks: number): ForkedRoom => {
  const author = new Author(version)
  const base: Branch = { state: new Map(), last: undefined, depth: 1 }
  const members = Math.max(10, Math.floor(size / 16))
  const first = { sender: creator, state_key: '' }
  let ts = 0
  const content = { room_version: version.id, ...(version.creatorInContent ? { creator } : {}) }
  author.add(base, { ...first, type: 'm.room.create', content }, ts++)
  author.add(base, member(creator, creator, 'join'), ts++)
  author.add(base, { ...first, type: 'm.room.power_levels', content: levels(0) }, ts++)
  author.add(base, { ...first, type: 'm.room.join_rules', content: { join_rule: 'public' } }, ts++)
  for (const moderator of moderators) author.add(base, member(moderator, moderator, 'join'), ts++)
  for (let at = 0; at < members; at++)
    author.add(base, member(memberName(at), memberName(at), 'join'), ts++)

  const branches = Array.from({ length: forks }, () => ({ ...base, state: new Map(base.state) }))
  while (author.events.length < size)
    for (const branch of branches) author.add(branch, deedAt(author.events.length, members), ts++)
  const { events, byId } = author
  return {
    version,
    events,
    lookup: (id) => byId.get(id),
    states: branches.map(({ state }) => state),
  }
}
