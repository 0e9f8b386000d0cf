import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import type { Event } from '../matrix/event.ts'
import { redact } from '../matrix/redact.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { pdu, transaction } from './test-examples-membership.ts'
import { contextOf, exchangeOf } from './test-exchange.ts'
import { eachVersion, eventsOf, history, message, requirementsOf, send, sent } from './test-pdus.ts'
import { alice, dan, keyOf, peer, Story, target } from './test-story.ts'
import { validate } from './validate.ts'

describe('the content hash of events that a target sends', () => {
  eachVersion(it, 'has to fit', (story) => {
    const event = pdu(message(story))
    const changed = { ...event, content: { body: 'other' } }
    assert.ok(
      requirementsOf(sent(story, changed)).includes('ss.hash.content.alg /pdus/0/hashes/sha256'),
    )
    const padded = { ...event, hashes: { sha256: `${message(story).pdu.hashes.sha256}=` } }
    assert.ok(
      requirementsOf(sent(story, padded)).includes('ss.hash.content.b64 /pdus/0/hashes/sha256'),
    )
  })

  eachVersion(it, 'may be that of the event before it was redacted', (story, version) => {
    const event = message(story)
    const copy = { ...redact(event.pdu, version) }
    const answer = exchangeOf({
      operation: 'event',
      params: { eventId: event.id },
      response: { ...transaction([]), pdus: [copy] },
    })
    assert.deepEqual(validate([history(story), answer], contextOf(version.id)), [])
    assert.deepEqual(requirementsOf(sent(story, copy)), [
      'ss.hash.content.alg /pdus/0/hashes/sha256',
    ])
    const redaction = story.make({
      type: 'm.room.redaction',
      sender: alice,
      content: version.redactsInContent ? { redacts: event.id } : {},
    })
    const finished = version.redactsInContent
      ? redaction
      : story.remake(redaction, { redacts: event.id })
    assert.deepEqual(requirementsOf(sent(story, copy, pdu(finished))), [])
  })
})

describe('the signatures of events that a target sends', () => {
  eachVersion(it, 'are there and good', (story) => {
    const event = message(story)
    const unsigned = { ...pdu(event), signatures: {} }
    assert.deepEqual(requirementsOf(sent(story, unsigned)), [
      'ss.new.signed /pdus/0/signatures',
      `ss.new.signed /pdus/0/signatures/${target}`,
    ])
    const wrong = {
      ...pdu(event),
      signatures: { [target]: { 'ed25519:a': keyOf(target).sign('x') } },
    }
    assert.deepEqual(requirementsOf(sent(story, wrong)), [
      `ss.sign.event.redacted_signed /pdus/0/signatures/${target}/ed25519:a`,
    ])
    const signature = event.pdu.signatures[target]?.['ed25519:a'] ?? ''
    const padded = { ...pdu(event), signatures: { [target]: { 'ed25519:a': `${signature}==` } } }
    assert.deepEqual(requirementsOf(sent(story, padded)), [
      `ss.sign.json.unpadded_b64 /pdus/0/signatures/${target}/ed25519:a`,
    ])
  })

  it('are by a key that the target publishes', () => {
    const story = new Story(roomVersions.v12)
    const event = message(story)
    const signatures = {
      [target]: { 'ed25519:other': event.pdu.signatures[target]?.['ed25519:a'] ?? '' },
    }
    const strange = send([{ ...pdu(event), signatures }])
    const nobody = { ...contextOf('12'), keys: () => undefined }
    assert.deepEqual(validate([history(story), strange], nobody), [])
    const document = exchangeOf({
      operation: 'serverKeys',
      response: {
        server_name: target,
        verify_keys: { 'ed25519:a': { key: keyOf(target).publicKey } },
        valid_until_ts: 1,
        signatures: { [target]: {} },
      },
    })
    assert.deepEqual(requirementsOf(validate([history(story), strange, document], nobody)), [
      `ss.sign.event.own_key /pdus/0/signatures/${target}`,
    ])
    assert.deepEqual(validate([history(story), send([pdu(event)]), document], nobody), [])
  })

  it('are added by the resident to a join that it vouched for', () => {
    const story = new Story(roomVersions.v11)
    const join = story.make({
      type: 'm.room.member',
      sender: `@erin:${peer}`,
      state_key: `@erin:${peer}`,
      content: { membership: 'join', join_authorised_via_users_server: alice },
    })
    const answer = (event: Event): Exchange =>
      exchangeOf({
        operation: 'sendJoin',
        params: { roomId: story.roomId, eventId: join.id },
        request: pdu(join),
        response: { state: [], auth_chain: [], event: pdu(event) },
      })
    assert.deepEqual(requirementsOf(validate([answer(join)], contextOf('11'))), [
      `ss.sj.event_field_restricted /event/signatures/${target}`,
    ])
    assert.deepEqual(validate([answer(story.signedToo(join, target))], contextOf('11')), [])
  })
})

describe('the authorisation of events that a target sends', () => {
  eachVersion(it, 'follows from what they cite', (story) => {
    const stranger = message(story, `@mallory:${target}`)
    assert.deepEqual(requirementsOf(sent(story, pdu(stranger))), ['auth.sender_not_joined /pdus/0'])
    const twice = story.remake(message(story), {
      auth_events: [...message(story).pdu.auth_events, ...message(story).pdu.auth_events],
    })
    assert.deepEqual(requirementsOf(sent(story, pdu(twice))), [
      'auth.auth_events.duplicate /pdus/0',
    ])
  })

  it('is said once of each event', () => {
    const story = new Story(roomVersions.v12)
    const stranger = pdu(message(story, `@mallory:${target}`))
    const found = validate([history(story), send([stranger]), send([stranger])], contextOf('12'))
    assert.deepEqual(requirementsOf(found), ['auth.sender_not_joined /pdus/0'])
  })

  it('is not judged where a cited event is not known', () => {
    const story = new Story(roomVersions.v12)
    const stranger = pdu(message(story, `@mallory:${target}`))
    assert.deepEqual(validate([send([stranger])], contextOf('12')), [])
  })

  it('of a join is the choice of the resident, which made the template', () => {
    const story = new Story(roomVersions.v11)
    const user = `@bob:${target}`
    const join = story.make({
      type: 'm.room.member',
      sender: user,
      state_key: user,
      content: { membership: 'join', join_authorised_via_users_server: dan },
    })
    const handshake = exchangeOf({
      operation: 'sendJoin',
      from: target,
      params: { roomId: story.roomId, eventId: join.id },
      request: pdu(join),
      response: { state: [], auth_chain: [] },
    })
    assert.deepEqual(validate([history(story), handshake], contextOf('11')), [])
  })

  it('takes the copy that the resident has signed of a join that it vouched for', () => {
    const story = new Story(roomVersions.v11)
    const bob = `@bob:${target}`
    const content = { membership: 'join', join_authorised_via_users_server: alice }
    story.add({
      type: 'm.room.join_rules',
      sender: alice,
      state_key: '',
      content: { join_rule: 'restricted' },
    })
    const join = story.add({ type: 'm.room.member', sender: dan, state_key: dan, content })
    const power = { users: { [alice]: 100, [dan]: 100 } }
    story.add({ type: 'm.room.power_levels', sender: alice, state_key: '', content: power })
    const invite = story.make({
      type: 'm.room.member',
      sender: alice,
      state_key: bob,
      content: { membership: 'invite' },
    })
    const ban = story.make({
      type: 'm.room.member',
      sender: alice,
      state_key: dan,
      content: { membership: 'ban' },
    })
    const before = story.events.filter(({ id }) => id !== join.id)
    const known = eventsOf([...before, story.signedToo(join, target), join])
    const found = validate([known, send([pdu(invite), pdu(ban)])], contextOf('11'))
    assert.deepEqual(requirementsOf(found), ['auth.ban.equal_power /pdus/1'])
  })

  it('of events that cite a rejected one is refused', () => {
    const story = new Story(roomVersions.v11)
    const rejected = story.make({
      type: 'm.room.power_levels',
      sender: dan,
      state_key: '',
      content: { users: { [dan]: 100 } },
    })
    const [create, member] = story.events
    const child = story.make({
      type: 'm.room.message',
      sender: alice,
      auth: [create?.id ?? '', member?.id ?? '', rejected.id],
    })
    const found = validate(
      [history(story), eventsOf([rejected]), send([pdu(child)])],
      contextOf('11'),
    )
    assert.deepEqual(requirementsOf(found), ['auth.auth_events.rejected_entry /pdus/0'])
  })
})
