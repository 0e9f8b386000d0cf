import type { Event, JsonObject } from '../matrix/event.ts'
import type { TestExchange } from './test-exchange.ts'
import { alice, dan, peer, type Story, target } from './test-story.ts'

export type Examples = Readonly<Record<string, TestExchange>>

export const ts = 1_700_000_000_000
export const pdu = (event: Event): JsonObject => ({ ...event.pdu })

export const transaction = (events: readonly Event[], origin = target): JsonObject => ({
  origin,
  origin_server_ts: ts,
  pdus: events.map(pdu),
})

/** Exchanges about who comes into a room and goes. */
export function membershipExamples(story: Story): Examples {
  const template = (user: string, membership: string, origin: string): JsonObject => ({
    type: 'm.room.member',
    sender: user,
    state_key: user,
    room_id: story.roomId,
    content: { membership },
    origin,
    origin_server_ts: ts,
    prev_events: [],
    auth_events: [],
    depth: 9,
  })
  const params = (user: string): Record<string, string> => ({ roomId: story.roomId, userId: user })
  const room_version = story.version.id
  return {
    'makeJoin request': {
      operation: 'makeJoin',
      from: target,
      params: params(alice),
      query: { ver: ['10', '11', '12'] },
      response: { room_version, event: template(alice, 'join', peer) },
    },
    'makeJoin response': {
      operation: 'makeJoin',
      params: params(dan),
      query: { ver: ['10', '11', '12'] },
      response: { room_version, event: template(dan, 'join', target) },
    },
    'makeLeave response': {
      operation: 'makeLeave',
      params: params(dan),
      response: { room_version, event: template(dan, 'leave', target) },
    },
    ...handshakeExamples(story),
    ...inviteExamples(story),
  }
}

function handshakeExamples(story: Story): Examples {
  const member = (user: string, membership: string): Event =>
    story.make({ type: 'm.room.member', sender: user, state_key: user, content: { membership } })
  const named = (event: Event): Record<string, string> => ({
    roomId: story.roomId,
    eventId: event.id,
  })
  const join = member(alice, 'join')
  const leave = member(alice, 'leave')
  return {
    'sendJoin request': {
      operation: 'sendJoin',
      from: target,
      params: named(join),
      request: pdu(join),
      response: { state: [], auth_chain: [] },
    },
    'sendJoin response': {
      operation: 'sendJoin',
      params: named(member(dan, 'join')),
      request: pdu(member(dan, 'join')),
      response: { state: story.events.map(pdu), auth_chain: story.events.slice(0, 3).map(pdu) },
    },
    'sendLeave request': {
      operation: 'sendLeave',
      from: target,
      params: named(leave),
      request: pdu(leave),
      response: {},
    },
    'sendLeave response': {
      operation: 'sendLeave',
      params: named(member(dan, 'leave')),
      request: pdu(member(dan, 'leave')),
      response: {},
    },
  }
}

function inviteExamples(story: Story): Examples {
  const invite = (sender: string, user: string): Event =>
    story.make({
      type: 'm.room.member',
      sender,
      state_key: user,
      content: { membership: 'invite' },
    })
  const sent = invite(alice, `@erin:${peer}`)
  const received = invite(dan, `@bob:${target}`)
  const invite_room_state = story.events.slice(0, 1).map(pdu)
  const params = (event: Event): Record<string, string> => ({
    roomId: story.roomId,
    eventId: event.id,
  })
  const bodyOf = (event: Event): JsonObject => ({
    room_version: story.version.id,
    event: pdu(event),
    invite_room_state,
  })
  const answered = story.signedToo(received, target)
  return {
    'invite request': {
      operation: 'invite',
      from: target,
      params: params(sent),
      request: bodyOf(sent),
      response: { event: pdu(story.signedToo(sent, peer)) },
    },
    'invite response': {
      operation: 'invite',
      params: params(received),
      request: bodyOf(received),
      response: { event: pdu(answered) },
    },
    'inviteV1 request': {
      operation: 'inviteV1',
      from: target,
      params: params(sent),
      request: { ...pdu(sent), unsigned: { invite_room_state } },
      response: [200, { event: pdu(story.signedToo(sent, peer)) }],
    },
    'inviteV1 response': {
      operation: 'inviteV1',
      params: params(received),
      request: { ...pdu(received), unsigned: { invite_room_state } },
      response: [200, { event: pdu(answered) }],
    },
  }
}
