import { valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { forbidden, MatrixError } from '../errors.ts'
import { globMatches } from '../glob.ts'
import { ok } from '../handlers/handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'
import type { Parts } from '../parts.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, hearing, listIn, without } from './rewrite.ts'

const noLists: Quirk = {
  id: 'no-access-lists',
  wording: 'knows nothing of access lists',
  breaks: ['ss.acl.403', 'ss.acl.send.pdu_ignored'],
  awaits: 'suite',
  apply: (parts) => ({ ...parts, access: { ...parts.access, allowed: () => true } }),
}

const listsWithPorts: Quirk = {
  id: 'access-lists-with-ports',
  wording: 'holds the port of a server against access lists too',
  breaks: ['ss.acl.rule.port_ignored'],
  awaits: 'suite',
  apply: (parts) => ({
    ...parts,
    access: {
      ...parts.access,
      allowed: (room, server) => {
        const deny: Json =
          valueAt(room.stateEvent('m.room.server_acl', '')?.pdu.content, 'deny') ?? []
        const patterns = Array.isArray(deny) ? deny : []
        const isDenied = patterns.some(
          (one: Json) => typeof one === 'string' && globMatches(one, server),
        )
        return patterns.length > 0 ? !isDenied : parts.access.allowed(room, server)
      },
    },
  }),
}

const knockStateElsewhere: Quirk = {
  id: 'knock-state-elsewhere',
  wording: 'answers send_knock with the state under another name',
  breaks: ['ss.sk.200_schema'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'sendKnock', (body) => ({
      ...without(body, 'knock_room_state'),
      knock_state_events: listIn(body, 'knock_room_state'),
    })),
}

const strippedKnockState: Quirk = {
  id: 'stripped-knock-state',
  wording: 'answers send_knock with stripped events',
  breaks: ['ss.sk.state_pdu_format'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'sendKnock', (body) => ({
      ...body,
      knock_room_state: listIn(body, 'knock_room_state').map(stripped),
    })),
}

const stripped = (pdu: Json): Json => {
  const { type = '', state_key = '', sender = '', content = {} } = isObject(pdu) ? pdu : {}
  return { type, state_key, sender, content }
}

const loseKnocks: Quirk = {
  id: 'lose-knocks',
  wording: 'grants send_knock and does not take the knock up',
  breaks: ['ss.sk.accepted_and_sent'],
  awaits: 'suite',
  apply: (parts) =>
    handling(parts, 'sendKnock', () => ({ rooms, parts: { making } }, { params }) => {
      const room = rooms.joined(params['roomId'] ?? '')
      if (room === undefined) throw forbidden('no such room')
      return ok({ knock_room_state: pdusOf(making.invitationState(room)) })
    }),
}

const omitInSilence: Quirk = {
  id: 'omit-members-in-silence',
  wording: 'leaves memberships out of a join where asked to, and does not say so',
  breaks: ['ss.sj.omit_members.flag'],
  awaits: 'suite',
  apply: (parts) =>
    answering(omitting(parts), 'sendJoin', (body) => ({ ...body, members_omitted: false })),
}

const omitting = (parts: Parts): Parts => ({
  ...parts,
  making: { ...parts.making, omitsMembers: () => true },
})

const omitUnasked: Quirk = {
  id: 'omit-members-unasked',
  wording: 'leaves memberships out of a join though nobody asked for that',
  breaks: ['ss.sj.omit_members.not_without_request'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(omitting(parts), 'sendJoin', (inbound) => ({
      ...inbound,
      query: { ...inbound.query, omit_members: ['true'] },
    })),
}

const serversUnsaid: Quirk = {
  id: 'servers-unsaid',
  wording: 'leaves memberships out of a join and does not say which servers are in the room',
  breaks: ['ss.sj.omit_members.servers_in_room'],
  awaits: 'suite',
  apply: (parts) =>
    answering(omitting(parts), 'sendJoin', (body) => without(body, 'servers_in_room')),
}

const trustKeys: Quirk = {
  id: 'trust-identity-keys',
  wording: 'does not ask whether the key of an identity server is still good',
  breaks: ['ss.3pi.exchange.key_validity'],
  awaits: 'suite',
  apply: (parts) => ({
    ...parts,
    making: { ...parts.making, isKeyValid: () => Promise.resolve(true) },
  }),
}

const forbiddenForAll: Quirk = {
  id: 'forbid-what-it-cannot-tell',
  wording: 'refuses as forbidden whom it cannot check or cannot let in itself',
  breaks: ['ss.mj.400.unable_to_authorise'],
  awaits: 'suite',
  apply: (parts) =>
    handling(parts, 'makeJoin', (honest) => async (...asked) => {
      try {
        return await honest(...asked)
      } catch (error) {
        if (error instanceof MatrixError && error.errcode.startsWith('M_UNABLE_TO'))
          throw forbidden(error.message)
        throw error
      }
    }),
}

const largeTransactions: Quirk = {
  id: 'large-transactions',
  wording: 'puts as many events into a transaction as there are',
  breaks: ['ss.txn.sender_limit_pdus'],
  awaits: 'suite',
  apply: (parts) => ({ ...parts, sending: { ...parts.sending, maxPdus: 1_000 } }),
}

const otherRoomInPath: Quirk = {
  id: 'exchange-for-any-room',
  wording: 'issues an invitation by address in another room than the path names',
  breaks: ['ss.3pi.exchange.room_match'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'exchangeThirdPartyInvite', (inbound) => ({
      ...inbound,
      params: { ...inbound.params, roomId: roomIn(inbound.body) },
    })),
}

const ignorePolicy: Quirk = {
  id: 'ignore-policy',
  wording: 'asks no policy server about what it sends or gets',
  breaks: ['ss.ps.refused_not_sent', 'ss.ps.not_recommended_soft_fail'],
  awaits: 'suite',
  apply: (parts) => ({ ...parts, policy: { ...parts.policy, isRecommended: () => true } }),
}

const roomIn = (body: JsonObject): string => {
  const room = body['room_id']
  return typeof room === 'string' ? room : ''
}

export const roomQuirks: readonly Quirk[] = [
  noLists,
  listsWithPorts,
  knockStateElsewhere,
  strippedKnockState,
  loseKnocks,
  omitInSilence,
  omitUnasked,
  serversUnsaid,
  trustKeys,
  otherRoomInPath,
  forbiddenForAll,
  largeTransactions,
  ignorePolicy,
]
