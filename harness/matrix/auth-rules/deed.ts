import { stringAt } from '../content.ts'
import type { Event } from '../event.ts'
import { type LevelName, namedLevel, powerLevelOf } from '../power.ts'
import type { RoomVersion } from '../room-version.ts'

/** The state that an event is judged by. */
export interface AuthState {
  (type: string, stateKey: string): Event | undefined
  /** What `membershipIn` says of the event at a user's membership, for a state that need not look at the event. */
  readonly membershipOf?: (user: string) => string | undefined
}

/** The membership that an event gives; undefined for one that gives none, and without an event. */
export const membershipIn = (member: Event | undefined): string | undefined =>
  stringAt(member?.pdu.content, 'membership')

/** An event with what the rules need to know around it. */
export interface Deed {
  readonly event: Event
  readonly version: RoomVersion
  readonly create: Event
  readonly powerLevels: Event | undefined
  readonly state: AuthState
}

/** A deed of type m.room.member, with what every rule on memberships reads from it. */
export interface MemberDeed extends Deed {
  readonly sender: string
  /** The state key: whose membership it is. */
  readonly target: string
}

/** The membership of a user; `none` where the room knows nothing of them. */
export const membershipOf = ({ state }: Deed, user: string): string => {
  const membership =
    state.membershipOf === undefined
      ? membershipIn(state('m.room.member', user))
      : state.membershipOf(user)
  return membership ?? 'none'
}

export const memberEventOf = (deed: Deed, user: string): Event | undefined =>
  deed.state('m.room.member', user)

export const levelOf = (deed: Deed, user: string): number =>
  powerLevelOf(user, deed.powerLevels, deed.create, deed.version)

export const senderLevel = (deed: Deed): number => levelOf(deed, deed.event.pdu.sender)

export const levelNamed = (deed: Deed, name: LevelName): number =>
  namedLevel(name, deed.powerLevels)

/** What decides a question of power: the power levels, or without them the create event. */
export const powerSource = (deed: Deed): Event => deed.powerLevels ?? deed.create

/** How a level stands in a message. */
export const told = (level: number): string =>
  level === Number.POSITIVE_INFINITY ? 'infinite (room creator)' : String(level)
