import type { Event, JsonObject } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import { signJson } from '../matrix/sign-json.ts'
import {
  type Examples,
  membershipExamples,
  pdu,
  transaction,
  ts,
} from './test-examples-membership.ts'

export type { Examples } from './test-examples-membership.ts'
import { alice, dan, keyOf, peer, Story, target } from './test-story.ts'

const keyDocument = (server: string): JsonObject => {
  const key = keyOf(server)
  const document = {
    server_name: server,
    verify_keys: { [key.keyId]: { key: key.publicKey } },
    old_verify_keys: {},
    valid_until_ts: ts + 86_400_000,
  }
  return signJson(document, server, key)
}

const notaryAnswer = (): JsonObject => ({
  server_keys: [signJson(keyDocument(peer), target, keyOf(target))],
})

const edus: readonly JsonObject[] = [
  { edu_type: 'm.typing', content: { room_id: '!r:x', user_id: alice, typing: true } },
  {
    edu_type: 'm.presence',
    content: { push: [{ user_id: alice, presence: 'online', last_active_ago: 5 }] },
  },
  {
    edu_type: 'm.receipt',
    content: { '!r:x': { 'm.read': { [alice]: { event_ids: ['$e'], data: { ts } } } } },
  },
  {
    edu_type: 'm.device_list_update',
    content: { user_id: alice, device_id: 'D', stream_id: 1, prev_id: [], keys: {} },
  },
  { edu_type: 'm.signing_key_update', content: { user_id: alice } },
  {
    edu_type: 'm.direct_to_device',
    content: { sender: alice, type: 't', message_id: 'm', messages: { [dan]: { '*': {} } } },
  },
  { edu_type: 'org.example.unknown', content: {} },
]

/** For every operation and part an exchange in which the target says what it should, by `operation part`. */
export function examplesOf(version: RoomVersion): Examples {
  const story = new Story(version)
  return { ...openExamples(), ...membershipExamples(story), ...eventExamples(story) }
}

const openExamples = (): Examples => ({
  'version response': { operation: 'version', response: { server: { name: 'x', version: '1' } } },
  'serverKeys response': { operation: 'serverKeys', response: keyDocument(target) },
  'queryKeys response': {
    operation: 'queryKeys',
    params: { serverName: peer },
    response: notaryAnswer(),
  },
  'queryKeysBatch request': {
    operation: 'queryKeysBatch',
    from: target,
    request: { server_keys: { x: { 'ed25519:a': { minimum_valid_until_ts: ts } } } },
    response: { server_keys: [] },
  },
  'queryKeysBatch response': {
    operation: 'queryKeysBatch',
    request: { server_keys: {} },
    response: notaryAnswer(),
  },
  'directory request': {
    operation: 'directory',
    from: target,
    query: { room_alias: '#a:x' },
    status: 404,
    response: { errcode: 'M_NOT_FOUND', error: 'no' },
  },
  'directory response': {
    operation: 'directory',
    query: { room_alias: '#a:x' },
    response: { room_id: '!a:x', servers: [target] },
  },
  'profile request': {
    operation: 'profile',
    from: target,
    query: { user_id: dan },
    response: { displayname: 'Dan' },
  },
  'profile response': {
    operation: 'profile',
    query: { user_id: alice },
    response: { displayname: null, avatar_url: 'mxc://x/y', other: 1 },
  },
  'refusal response': {
    operation: 'event',
    params: { eventId: '$none' },
    status: 404,
    response: { errcode: 'M_NOT_FOUND', error: 'no such event' },
  },
})

function eventExamples(story: Story): Examples {
  const message = story.make({ type: 'm.room.message', sender: alice, content: { body: 'Hi' } })
  return {
    'send request': {
      operation: 'send',
      from: target,
      params: { txnId: '1' },
      request: { ...transaction([...story.events, message]), edus },
      response: { pdus: { [message.id]: {} } },
    },
    'send response': {
      operation: 'send',
      params: { txnId: '1' },
      request: transaction([], peer),
      response: { pdus: { $a: {}, $b: { error: 'no' } } },
    },
    'event response': {
      operation: 'event',
      params: { eventId: message.id },
      response: transaction([message]),
    },
    ...stateExamples(story, message),
    ...historyExamples(story, message),
  }
}

function stateExamples(story: Story, message: Event): Examples {
  const { roomId } = story
  const query = { event_id: message.id }
  const ids = story.events.map(({ id }) => id)
  return {
    'state request': {
      operation: 'state',
      from: target,
      params: { roomId },
      query,
      response: { pdus: [], auth_chain: [] },
    },
    'state response': {
      operation: 'state',
      params: { roomId },
      query,
      response: { pdus: story.events.map(pdu), auth_chain: story.events.map(pdu) },
    },
    'stateIds request': {
      operation: 'stateIds',
      from: target,
      params: { roomId },
      query,
      response: { pdu_ids: [], auth_chain_ids: [] },
    },
    'stateIds response': {
      operation: 'stateIds',
      params: { roomId },
      query,
      response: { pdu_ids: ids, auth_chain_ids: ids },
    },
    'eventAuth response': {
      operation: 'eventAuth',
      params: { roomId, eventId: message.id },
      response: { auth_chain: story.events.map(pdu) },
    },
  }
}

function historyExamples({ roomId, events }: Story, message: Event): Examples {
  return {
    'backfill request': {
      operation: 'backfill',
      from: target,
      params: { roomId },
      query: { v: [message.id], limit: '10' },
      response: transaction([], peer),
    },
    'backfill response': {
      operation: 'backfill',
      params: { roomId },
      query: { v: message.id, limit: '10' },
      response: transaction([message, ...events]),
    },
    'getMissingEvents request': {
      operation: 'getMissingEvents',
      from: target,
      params: { roomId },
      request: { earliest_events: [], latest_events: [message.id], limit: 10, min_depth: 0 },
      response: { events: [] },
    },
    'getMissingEvents response': {
      operation: 'getMissingEvents',
      params: { roomId },
      request: { earliest_events: [], latest_events: [message.id] },
      response: { events: events.map(pdu) },
    },
  }
}
