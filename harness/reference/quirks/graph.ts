import type { Event } from '../../matrix/event.ts'
import { redactsOf } from '../../matrix/read-event.ts'
import { redact } from '../../matrix/redact.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { stringAt } from '../../matrix/content.ts'
import { splitStateKey, stateKey, type StateMap } from '../../matrix/state-key.ts'
import { parentIds } from '../../matrix/references.ts'
import type { Parts } from '../parts.ts'
import type { RoomParts } from '../rooms/room.ts'
import type { Quirk } from './quirk.ts'

const inRooms = (parts: Parts, change: Partial<RoomParts>): Parts => ({
  ...parts,
  rooms: { ...parts.rooms, ...change },
})

const ignoreGaps: Quirk = {
  id: 'ignore-gaps',
  wording: 'does not fetch missing parents',
  breaks: ['ss.chk.missing_prev_fetch'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    intake: { ...parts.intake, fillGaps: () => Promise.resolve() },
  }),
}

const trustGaps: Quirk = {
  id: 'trust-gaps',
  wording: 'does not check events that it fetched for a gap',
  breaks: ['ss.gme.requester_validates', 'ss.chk.applies_to_all_sources'],
  apply: (parts) => ({
    ...parts,
    intake: {
      ...parts.intake,
      judgeFetched: (room, event) => {
        const { refusal: _, ...node } = room.assess(event)
        return { ...node, standing: 'accepted' }
      },
    },
  }),
}

const stateOfGapsIsLost: Quirk = {
  id: 'lose-state-of-gaps',
  wording: 'takes up fetched events without what they do to the state',
  breaks: ['seed.S25', 'ss.repl.catch_up'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    intake: {
      ...parts.intake,
      judgeFetched: (room, event) => {
        const node = room.assess(event)
        return { ...node, after: node.before }
      },
    },
  }),
}

const citeOneHead: Quirk = {
  id: 'cite-one-head',
  wording: 'cites only one of the heads in new events',
  breaks: ['seed.S26', 'ss.new.prev_events_all_extremities'],
  topples: 'all',
  apply: (parts) => inRooms(parts, { parents: (heads) => heads.slice(0, 1).map(({ id }) => id) }),
}

const citeGrandparents: Quirk = {
  id: 'cite-grandparents',
  wording: 'cites parents of the heads beside the heads',
  breaks: ['ss.new.prev_events_all_extremities'],
  apply: (parts) =>
    inRooms(parts, {
      parents: (heads) => [...new Set(heads.flatMap((head) => [head.id, ...parentIds(head)]))],
    }),
}

/** One state laid over the other, without asking who was allowed to do what. */
const merged = (sets: readonly StateMap[]): StateMap => new Map(sets.flatMap((set) => [...set]))

const lastStateWins: Quirk = {
  id: 'last-state-wins',
  wording: 'merges forks by taking the state that it came to know last',
  breaks: ['seed.S28', 'ss.sr.before_is_resolution'],
  topples: 'all',
  apply: (parts) => inRooms(parts, { resolve: (sets) => merged(sets) }),
}

const firstStateWins: Quirk = {
  id: 'first-state-wins',
  wording: 'merges forks by keeping the state that it knew first',
  breaks: ['seed.S28', 'ss.sr.order_independent'],
  topples: 'all',
  apply: (parts) => inRooms(parts, { resolve: (sets) => merged(sets.toReversed()) }),
}

const newestEventWins: Quirk = {
  id: 'newest-event-wins',
  wording: 'merges forks by taking the event with the latest time for each place in the state',
  breaks: ['ss.sr.v2.power_event_pl', 'ss.sr.v2.ban_beats_concurrent'],
  topples: 'all',
  apply: (parts) =>
    inRooms(parts, {
      resolve: (sets, lookup) => {
        const time = (id: string) => lookup(id)?.pdu.origin_server_ts ?? 0
        const places = sets.flatMap((set) => [...set])
        return new Map(places.toSorted(([, a], [, b]) => time(a) - time(b)))
      },
    }),
}

const noConflicts: Quirk = {
  id: 'last-word-wins',
  wording: 'knows no conflicts: neither checks by the current state nor resolves forks',
  breaks: ['seed.S28'],
  topples: 'all',
  apply: (parts) =>
    inRooms(parts, { softFailure: () => undefined, resolve: (sets) => merged(sets) }),
}

const oldestEventWins: Quirk = {
  id: 'oldest-event-wins',
  wording: 'merges forks by taking the event with the earliest time for each place in the state',
  breaks: ['seed.S28', 'ss.sr.v2.mainline_order_ts'],
  topples: 'all',
  apply: (parts) =>
    inRooms(parts, {
      resolve: (sets, lookup) => {
        const time = (id: string) => lookup(id)?.pdu.origin_server_ts ?? 0
        const places = sets.flatMap((set) => [...set])
        return new Map(places.toSorted(([, a], [, b]) => time(b) - time(a) || (a < b ? 1 : -1)))
      },
    }),
}

const messagesAreState: Quirk = {
  id: 'messages-are-state',
  wording: 'keeps the last message in the state',
  breaks: ['seed.S03', 'ss.sr.after_message'],
  topples: 'all',
  apply: ({ rooms, ...parts }) => ({
    ...parts,
    rooms: {
      ...rooms,
      stateAfter: (before, event) => {
        const { type, state_key: key = '' } = event.pdu
        return type === 'm.room.message'
          ? new Map(before).set(stateKey(type, key), event.id)
          : rooms.stateAfter(before, event)
      },
    },
  }),
}

const topicsAreNoState: Quirk = {
  id: 'topics-are-no-state',
  wording: 'lets topics have no effect on the state',
  breaks: ['seed.S04', 'ss.sr.after_state'],
  topples: 'all',
  apply: ({ rooms, ...parts }) => ({
    ...parts,
    rooms: {
      ...rooms,
      stateAfter: (before, event) =>
        event.pdu.type === 'm.room.topic' ? before : rooms.stateAfter(before, event),
    },
  }),
}

/** What the room's algorithm makes of all but memberships; for these, whoever leaves or is banned first is in again. */
const joinsWin: Quirk = {
  id: 'joins-win',
  wording: 'takes a user for joined whom one side of a fork has joined',
  breaks: ['ss.sr.v2.ban_beats_concurrent', 'ss.sr.v2.power_event_kick_ban'],
  topples: 'all',
  apply: (parts) =>
    inRooms(parts, {
      resolve: (sets, lookup, version, rejected) => {
        const state = new Map(parts.rooms.resolve(sets, lookup, version, rejected))
        for (const [place, id] of sets.flatMap((set) => [...set])) {
          const isJoin = stringAt(lookup(id)?.pdu.content, 'membership') === 'join'
          if (splitStateKey(place)[0] === 'm.room.member' && isJoin) state.set(place, id)
        }
        return state
      },
    }),
}

const redactAnywhere: Quirk = {
  id: 'redact-anywhere',
  wording: 'takes `redacts` from wherever a redaction has it, whatever the room version',
  breaks: ['ss.rv.algorithms_by_version'],
  versions: ['10', '11'],
  apply: (parts) =>
    inRooms(parts, {
      redacts: (event: Event) =>
        redactsOf(event) ??
        stringAt({ ...event.pdu }, 'redacts') ??
        (event.pdu.type === 'm.room.redaction'
          ? stringAt(event.pdu.content, 'redacts')
          : undefined),
    }),
}

const redactAsBefore: Quirk = {
  id: 'redact-by-old-rules',
  wording: 'redacts by the rules of room version 10 in every room',
  breaks: ['ss.rv.algorithms_by_version'],
  apply: (parts) =>
    inRooms(parts, {
      redacted: (event) => ({ ...event, pdu: redact(event.pdu, roomVersions.v10) }),
    }),
}

const redactByNewRules: Quirk = {
  id: 'redact-by-new-rules',
  wording: 'redacts by the rules of room version 11 in every room',
  breaks: ['ss.rv.algorithms_by_version'],
  versions: ['10'],
  apply: (parts) =>
    inRooms(parts, {
      redacted: (event) => ({ ...event, pdu: redact(event.pdu, roomVersions.v11) }),
    }),
}

export const graphQuirks: readonly Quirk[] = [
  ignoreGaps,
  trustGaps,
  stateOfGapsIsLost,
  citeOneHead,
  citeGrandparents,
  lastStateWins,
  firstStateWins,
  newestEventWins,
  oldestEventWins,
  noConflicts,
  messagesAreState,
  topicsAreNoState,
  joinsWin,
  redactAnywhere,
  redactAsBefore,
  redactByNewRules,
]
