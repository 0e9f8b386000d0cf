import { type StateMap, stateKey } from '../../matrix/state-key.ts'
import type { Event } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { forbidden } from '../errors.ts'
import type { Parts } from '../parts.ts'
import type { IntakeParts } from '../rooms/intake.ts'
import type { Room } from '../rooms/room.ts'
import { emptyState } from '../rooms/state.ts'
import { fetchTemplate, signTemplate } from '../users/handshake.ts'
import type { Quirk } from './quirk.ts'

type StateOfJoin = IntakeParts['stateOfJoin']

const joining = (parts: Parts, change: (honest: StateOfJoin) => StateOfJoin): Parts => ({
  ...parts,
  intake: { ...parts.intake, stateOfJoin: change(parts.intake.stateOfJoin) },
})

const joinWithoutVer: Quirk = {
  id: 'join-without-ver',
  wording: 'does not say in make_join which room versions it knows',
  breaks: ['ss.mj.joining.sends_ver'],
  topples: 'all',
  apply: (parts) => ({ ...parts, making: { ...parts.making, versionsForJoin: [] } }),
}

/** The auth rules speak of nothing else. */
const needed = ['m.room.create', 'm.room.power_levels', 'm.room.join_rules', 'm.room.member']

const forgetState: Quirk = {
  id: 'forget-state',
  wording: 'keeps of the state that comes with a join only what auth rules speak of',
  breaks: ['seed.S17', 'ss.sj.joining.persists_state'],
  topples: 'all',
  apply: (parts) =>
    joining(
      parts,
      (honest) => (room, sent) =>
        honest(
          room,
          sent.filter(({ pdu }) => needed.includes(pdu.type)),
        ),
    ),
}

/** Takes events up as if they had been judged. */
function trusting(room: Room, events: readonly Event[], state: StateMap): StateMap {
  const all = new Map(state)
  for (const event of events) {
    if (event.pdu.state_key === undefined) continue
    room.addOutlier({ event, standing: 'accepted' })
    all.set(stateKey(event.pdu.type, event.pdu.state_key), event.id)
  }
  return all
}

const trustState: Quirk = {
  id: 'trust-state',
  wording: 'takes up the state that comes with a join without checking it by the auth rules',
  breaks: ['ss.sj.joining.checks_auth'],
  apply: (parts) => joining(parts, () => (room, sent) => trusting(room, sent, emptyState)),
}

const trustResidentOnRoom: Quirk = {
  id: 'trust-foreign-state',
  wording: 'takes up state of other rooms that comes with a join',
  breaks: ['ss.sj.joining.checks_auth'],
  apply: (parts) =>
    joining(
      parts,
      (honest) => (room, sent) =>
        trusting(
          room,
          sent.filter(({ roomId }) => roomId !== room.id),
          honest(room, sent),
        ),
    ),
}

const declineByJoining: Quirk = {
  id: 'decline-by-joining',
  wording: 'declines an invitation by joining first',
  breaks: ['ss.ml.reject_invite_flow'],
  apply: (parts) => ({
    ...parts,
    making: {
      ...parts.making,
      decline: async (services, order, server) => {
        const { roomId, user } = order
        const template = await fetchTemplate(services, { roomId, user, server, membership: 'join' })
        const join = signTemplate(services, template)
        await services.remote.request(server, 'sendJoin', {
          params: { roomId, eventId: join.id },
          body: { ...join.pdu },
        })
        return parts.making.decline(services, order, server)
      },
    },
  }),
}

const declineInSilence: Quirk = {
  id: 'decline-in-silence',
  wording: 'tells nobody that an invitation is declined',
  breaks: ['ss.ml.reject_invite_flow'],
  apply: (parts) => ({
    ...parts,
    making: { ...parts.making, decline: () => Promise.resolve(undefined) },
  }),
}

const knowsOwnAliasesOnly: Quirk = {
  id: 'own-aliases-only',
  wording: 'looks every alias up in its own directory',
  breaks: ['ss.sj.joining.directory_lookup'],
  apply: (parts) => ({
    ...parts,
    making: { ...parts.making, directoryOf: (_alias, own) => own },
  }),
}

const oneUserOnly: Quirk = {
  id: 'one-user-only',
  wording: 'lets only one of its users into a room of another server',
  breaks: ['seed.S30'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    making: {
      ...parts.making,
      joinContent: (scene, user) => {
        const { room, own } = scene
        const isOurs = (one: string | undefined) => one !== undefined && serverNameOf(one) === own
        if (isOurs(user) && room.has(own) && !isOurs(room.create?.pdu.sender))
          throw forbidden('one of us is in the room already')
        return parts.making.joinContent(scene, user)
      },
    },
  }),
}

export const joinerQuirks: readonly Quirk[] = [
  knowsOwnAliasesOnly,
  oneUserOnly,
  joinWithoutVer,
  forgetState,
  trustState,
  trustResidentOnRoom,
  declineByJoining,
  declineInSilence,
]
