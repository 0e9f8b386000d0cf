import { stringAt } from '../../matrix/content.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { splitStateKey } from '../../matrix/state-key.ts'
import type { Parts } from '../parts.ts'
import type { Room } from '../rooms/room.ts'
import type { ReplicationParts } from '../sender/sender.ts'
import type { Placed } from '../store/store.ts'
import type { Quirk } from './quirk.ts'

type Destinations = ReplicationParts['destinations']

const sending = (parts: Parts, change: (honest: Destinations) => Destinations): Parts => ({
  ...parts,
  sending: { ...parts.sending, destinations: change(parts.sending.destinations) },
})

/** Servers of users who have one of these memberships now. */
const serversOf = (room: Room, memberships: readonly string[]): readonly string[] =>
  [...room.current.keys()].flatMap((place) => {
    const [type, user] = splitStateKey(place)
    const isMeant = type === 'm.room.member' && memberships.includes(room.membership(user))
    return isMeant ? [serverNameOf(user)] : []
  })

const membershipSet = ({ event: { pdu } }: Placed): string | undefined =>
  pdu.type === 'm.room.member' ? stringAt(pdu.content, 'membership') : undefined

const leakToOthers: Quirk = {
  id: 'leak-to-others',
  wording: 'sends events to every server that it knows, whatever the room',
  breaks: ['seed.S11', 'ss.repl.local_only_room'],
  topples: ['seed.S06', 'seed.S12', 'seed.S13'],
  apply: (parts) =>
    sending(parts, (honest) => (room, node, known) => [
      ...new Set([...honest(room, node, known), ...known]),
    ]),
}

const deliverPerUser: Quirk = {
  id: 'deliver-per-user',
  wording: 'sends an event to a server once for each of its users',
  breaks: ['seed.S30'],
  apply: (parts) => sending(parts, () => (room) => [...room.joined].map(serverNameOf)),
}

const deliverToFirst: Quirk = {
  id: 'deliver-to-first',
  wording: 'sends events to one other server only',
  breaks: ['ss.repl.origin_delivers'],
  topples: 'all',
  apply: (parts) =>
    sending(
      parts,
      (honest) => (room, node, known) =>
        honest(room, node, known)
          .filter((server) => server !== serverNameOf(node.event.pdu.sender))
          .slice(0, 1),
    ),
}

const deliverNothing: Quirk = {
  id: 'deliver-nothing',
  wording: 'sends no events to other servers',
  breaks: ['ss.repl.pdu_to_all_joined', 'seed.S12', 'seed.S23', 'ss.sl.direct_when_resident'],
  topples: 'all',
  apply: (parts) => sending(parts, () => () => []),
}

const deliverToInvited: Quirk = {
  id: 'deliver-to-invited',
  wording: 'sends events to servers whose users are only invited',
  breaks: ['seed.S13'],
  apply: (parts) =>
    sending(parts, (honest) => (room, node, known) => [
      ...new Set([...honest(room, node, known), ...serversOf(room, ['invite'])]),
    ]),
}

const deliverToDeparted: Quirk = {
  id: 'deliver-to-departed',
  wording: 'goes on sending events to servers whose last user has left or was removed',
  breaks: ['ss.repl.not_to_left'],
  apply: (parts) =>
    sending(parts, (honest) => (room, node, known) => [
      ...new Set([...honest(room, node, known), ...serversOf(room, ['leave', 'ban'])]),
    ]),
}

const dropAtFirstLeave: Quirk = {
  id: 'drop-at-first-leave',
  wording: 'takes a server for gone when the first of its users leaves',
  breaks: ['seed.S06'],
  topples: ['seed.S27'],
  apply: (parts) =>
    sending(parts, (honest) => (room, node, known) => {
      const gone = serversOf(room, ['leave'])
      return honest(room, node, known).filter((server) => !gone.includes(server))
    }),
}

const avoidDeepNames: Quirk = {
  id: 'avoid-deep-names',
  wording: 'sends nothing to servers whose names are more than two labels below the root',
  breaks: ['seed.S10'],
  topples: 'all',
  apply: (parts) =>
    sending(
      parts,
      (honest) => (room, node, known) =>
        honest(room, node, known).filter(
          (server) => /^[\d.:[\]]+$/.test(server) || server.split('.').length < 4,
        ),
    ),
}

const keepJoins: Quirk = {
  id: 'keep-joins-to-itself',
  wording: 'does not tell others of a join that came through it',
  breaks: ['ss.sj.resident_distributes'],
  topples: 'all',
  apply: (parts) =>
    sending(
      parts,
      (honest) => (room, node, known) =>
        membershipSet(node) === 'join' ? [] : honest(room, node, known),
    ),
}

const keepLeaves: Quirk = {
  id: 'keep-leaves-to-itself',
  wording: 'does not tell others that a user of its own has left',
  breaks: ['ss.sl.direct_when_resident'],
  apply: (parts) =>
    sending(
      parts,
      (honest) => (room, node, known) =>
        membershipSet(node) === 'leave' && node.event.pdu.sender === node.event.pdu.state_key
          ? []
          : honest(room, node, known),
    ),
}

export const deliveryQuirks: readonly Quirk[] = [
  leakToOthers,
  deliverPerUser,
  deliverToFirst,
  deliverNothing,
  deliverToInvited,
  deliverToDeparted,
  dropAtFirstLeave,
  avoidDeepNames,
  keepJoins,
  keepLeaves,
]
