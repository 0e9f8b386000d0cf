import type { RequirementId } from '../../../fixtures/requirements/index.ts'
import type { AuthState } from '../../matrix/auth-rules/deed.ts'
import type { Refusal } from '../../matrix/auth-rules/refusal.ts'
import type { Event } from '../../matrix/event.ts'
import { hasKey, stringAt, valueAt } from '../../matrix/content.ts'
import { parentIds } from '../../matrix/references.ts'
import type { Parts } from '../parts.ts'
import type { Quirk } from './quirk.ts'

/** `before` is the state by which an event is judged: that of the events it cites, before it, or the current one. */
type Pardon = (refusal: Refusal, event: Event, before: AuthState) => boolean

/** The parts of a server that lets pass what `pardon` says, wherever it judges. */
function pardoning(parts: Parts, pardon: Pardon): Parts {
  const { rooms } = parts
  const judged = (refusal: Refusal | undefined, event: Event, before: AuthState) =>
    refusal !== undefined && pardon(refusal, event, before) ? undefined : refusal
  return {
    ...parts,
    rooms: {
      ...rooms,
      authAtAuthEvents: (event, cited, rejected, create) =>
        judged(rooms.authAtAuthEvents(event, cited, rejected, create), event, (type, key) =>
          cited.find(({ pdu }) => pdu.type === type && pdu.state_key === key),
        ),
      authAtStateBefore: (event, state) =>
        judged(rooms.authAtStateBefore(event, state), event, state),
      softFailure: (event, state) => judged(rooms.softFailure(event, state), event, state),
    },
  }
}

const membershipOf = (user: string, state: AuthState): string | undefined =>
  stringAt(state('m.room.member', user)?.pdu.content, 'membership')

const acceptStrangers: Quirk = {
  id: 'accept-strangers',
  wording: 'accepts events whose sender was never in the room',
  breaks: ['auth.sender_not_joined'],
  // Undecided, where the event has to be rejected before anything can be shown.
  topples: ['ss.chk.rejected.children_allowed'],
  thorough: true,
  apply: (parts) =>
    pardoning(
      parts,
      ({ rule }, { pdu }, before) =>
        rule === 'auth.sender_not_joined' && membershipOf(pdu.sender, before) === undefined,
    ),
}

const acceptDeparted: Quirk = {
  id: 'accept-departed',
  wording: 'accepts events of users who have left or were kicked',
  breaks: ['ss.chk.4.auth_events_rejected', 'auth.sender_not_joined'],
  apply: (parts) =>
    pardoning(
      parts,
      ({ rule }, { pdu }, before) =>
        rule === 'auth.sender_not_joined' && membershipOf(pdu.sender, before) === 'leave',
    ),
}

interface Leniency {
  readonly id: string
  readonly accepts: string
  readonly rule: RequirementId
  readonly versions?: readonly string[]
}

const leniencies: readonly Leniency[] = [
  {
    id: 'accept-without-power',
    accepts: 'events for whose type the sender lacks the power',
    rule: 'auth.required_level.state_default',
  },
  {
    id: 'accept-foreign-state-key',
    accepts: 'state events whose state key is the id of another user',
    rule: 'auth.state_key_at_mismatch',
  },
  {
    id: 'accept-join-for-another',
    accepts: 'joins that somebody else signs',
    rule: 'auth.join.sender_state_key',
  },
  {
    id: 'accept-ban-without-power',
    accepts: 'bans by users who may not ban',
    rule: 'auth.ban.low',
  },
  {
    id: 'accept-power-as-text',
    accepts: 'power levels that are text',
    rule: 'auth.pl.top_level_not_int',
  },
  {
    id: 'accept-power-above-own',
    accepts: 'power levels above that of their sender',
    rule: 'auth.pl.users_new_high',
  },
  {
    id: 'accept-creator-in-power-levels',
    accepts: 'power levels that list a creator whose power has no bound',
    rule: 'auth.pl.creator_sender_listed',
    versions: ['12'],
  },
]

const lenient = leniencies.map(
  ({ id, accepts, rule, versions }): Quirk => ({
    id,
    wording: `accepts ${accepts}`,
    breaks: [rule],
    ...(versions === undefined ? {} : { versions }),
    apply: (parts) => pardoning(parts, (refusal) => refusal.rule === rule),
  }),
)

const refuseChildrenOfRejected: Quirk = {
  id: 'refuse-children-of-rejected',
  wording: 'rejects events that refer to a rejected one',
  breaks: ['ss.chk.rejected.children_allowed'],
  apply: (parts) => {
    const { authAtAuthEvents } = parts.rooms
    return {
      ...parts,
      rooms: {
        ...parts.rooms,
        authAtAuthEvents: (event, cited, rejected, create) =>
          parentIds(event).some(rejected)
            ? { rule: 'ss.chk.rejected.children_allowed', message: 'a parent was rejected' }
            : authAtAuthEvents(event, cited, rejected, create),
      },
    }
  },
}

const refuseCreatorInPowerLevels: Quirk = {
  id: 'refuse-creator-in-power-levels',
  wording: 'has the rule of room version 12 about listed creators in every version, for changes',
  breaks: ['ss.rv.algorithms_by_version'],
  apply: (parts) => {
    const { authAtStateBefore } = parts.rooms
    return {
      ...parts,
      rooms: {
        ...parts.rooms,
        authAtStateBefore: (event, state) =>
          listsCreator(event, state) ?? authAtStateBefore(event, state),
      },
    }
  },
}

function listsCreator({ pdu }: Event, state: AuthState): Refusal | undefined {
  const creator = state('m.room.create', '')?.pdu.sender
  const isChange = state('m.room.power_levels', '') !== undefined
  if (pdu.type !== 'm.room.power_levels' || !isChange || creator === undefined) return undefined
  return hasKey(valueAt(pdu.content, 'users'), creator)
    ? { rule: 'auth.pl.creator_sender_listed', message: `${creator} is listed` }
    : undefined
}

export const authRuleQuirks: readonly Quirk[] = [
  acceptStrangers,
  acceptDeparted,
  ...lenient,
  refuseChildrenOfRejected,
  refuseCreatorInPowerLevels,
]
