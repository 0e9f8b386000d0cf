import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { demands } from '../../fixtures/schemas/lookup.ts'
import { requirements } from '../../fixtures/requirements/index.ts'
import { edited } from './test-edit.ts'
import { contextOf, exchangeOf, type TestExchange } from './test-exchange.ts'
import { type Examples, examplesOf } from './test-examples.ts'
import { alice, dan, target } from './test-story.ts'
import { judgedVersions } from './test-pdus.ts'
import { validate } from './validate.ts'

/** Where in body or query, what is put there (undefined: it is taken away), the requirement that it breaks. */
type Spoil = readonly [pointer: string, value: unknown, requirement: string, foundAt?: string]

const spoils: Readonly<Record<string, readonly Spoil[]>> = {
  'version response': [
    ['', [], 'ss.version.200'],
    ['/server', 'x', 'ss.version.schema_server'],
    ['/server/version', 1, 'ss.version.schema_server'],
  ],
  'serverKeys response': [
    ['/server_name', undefined, 'ss.keys.schema.server_name'],
    ['/server_name', 'other.test', 'ss.keys.schema.server_name'],
    ['/verify_keys', undefined, 'ss.keys.schema.verify_keys'],
    ['/verify_keys', {}, 'ss.keys.schema.verify_keys'],
    ['/verify_keys/ed25519:a/key', 'short', 'ss.keys.schema.key_unpadded_b64'],
    ['/verify_keys/ed25519:a/key', undefined, 'ss.keys.schema.verify_keys'],
    [
      '/verify_keys/ed25519:a-b',
      { key: 'x'.repeat(43) },
      'ss.keys.schema.key_id_format',
      '/verify_keys',
    ],
    [
      '/old_verify_keys/ed25519:b',
      { key: 'x' },
      'ss.keys.schema.old_verify_keys',
      '/old_verify_keys/ed25519:b/expired_ts',
    ],
    ['/valid_until_ts', 1.5, 'ss.keys.schema.valid_until_ts'],
    ['/signatures', undefined, 'ss.keys.schema.signatures'],
    ['/signatures/x', 'y', 'ss.keys.schema.signatures'],
  ],
  'queryKeys response': [
    ['/server_keys', undefined, 'ss.keys.notary.get.200'],
    ['/server_keys', {}, 'ss.keys.notary.get.200'],
    ['/server_keys/0/valid_until_ts', undefined, 'ss.keys.schema.valid_until_ts'],
    ['/server_keys/0', 7, 'ss.keys.notary.get.items_schema'],
  ],
  'queryKeysBatch request': [
    ['/server_keys', undefined, 'ss.keys.notary.post.body_required'],
    ['/server_keys/x', 'all', 'ss.keys.notary.post.body_required'],
    ['/server_keys/x/ed25519:a/minimum_valid_until_ts', '1', 'ss.keys.notary.post.body_required'],
  ],
  'queryKeysBatch response': [
    ['/server_keys', undefined, 'ss.keys.notary.post.200'],
    ['/server_keys/0/verify_keys', [], 'ss.keys.schema.verify_keys'],
  ],
  'makeJoin request': [['/ver', undefined, 'ss.mj.joining.sends_ver']],
  'makeJoin response': [
    ['/event', undefined, 'ss.mj.200_schema_event'],
    ['/room_version', 12, 'ss.mj.room_version_present'],
    ['/room_version', undefined, 'ss.mj.room_version_present'],
    ['/event/sender', alice, 'ss.mj.event.sender'],
    ['/event/state_key', undefined, 'ss.mj.event.state_key'],
    ['/event/room_id', '!other:x', 'ss.mj.event.room_id'],
    ['/event/origin', undefined, 'ss.mj.event.origin'],
    ['/event/origin_server_ts', 'now', 'ss.mj.event.origin_server_ts'],
    ['/event/type', 'm.room.name', 'ss.mj.event.type'],
    ['/event/content/membership', 'leave', 'ss.mj.event.membership'],
    ['/event/event_id', '$x', 'ss.mj.event.no_event_id_v3'],
  ],
  'makeLeave response': [
    ['/event', [], 'ss.ml.200_schema_event'],
    ['/room_version', undefined, 'ss.ml.room_version'],
    ['/event/sender', alice, 'ss.ml.event.sender'],
    ['/event/type', 1, 'ss.ml.event.type'],
    ['/event/content/membership', 'join', 'ss.ml.event.membership'],
  ],
  'sendJoin request': [
    ['/content/membership', 'leave', 'ss.sj.joining.body_schema'],
    ['/state_key', undefined, 'ss.sj.joining.body_schema'],
    ['/depth', '1', 'ss.pdu.base.depth'],
    ['/depth', 77, 'ss.sj.joining.event_id_path', ''],
  ],
  'sendJoin response': [
    ['', [200, {}], 'ss.sj.200_object_not_array'],
    ['/state', undefined, 'ss.sj.200_schema_state'],
    ['/auth_chain', {}, 'ss.sj.200_schema_auth_chain'],
    ['/members_omitted', 'no', 'ss.sj.omit_members.flag'],
    ['/members_omitted', true, 'ss.sj.omit_members.servers_in_room', '/servers_in_room'],
    ['/servers_in_room', [1], 'ss.sj.omit_members.servers_in_room', '/servers_in_room/0'],
  ],
  'sendLeave request': [
    ['/content/membership', 'join', 'ss.sl.body_schema'],
    ['/depth', undefined, 'ss.sl.depth_present'],
  ],
  'sendLeave response': [
    ['/extra', 1, 'ss.sl.200_empty', ''],
    ['', [200, {}], 'ss.sl.200_empty'],
  ],
  'invite request': [
    ['/room_version', undefined, 'ss.iv2.inviting.body_schema'],
    ['/event', undefined, 'ss.iv2.inviting.event_schema'],
    ['/event/content/membership', 'join', 'ss.iv2.inviting.event_schema'],
    ['/invite_room_state', undefined, 'ss.iv2.inviting.irs_create'],
    ['/invite_room_state', [], 'ss.iv2.inviting.irs_create'],
    [
      '/invite_room_state/0/hashes',
      undefined,
      'ss.iv2.inviting.irs_format',
      '/invite_room_state/0',
    ],
    ['/event/depth', 78, 'ss.iv2.event_id_path', '/event'],
  ],
  'invite response': [
    ['/event', undefined, 'ss.iv2.200_schema'],
    ['/event/state_key', dan, 'ss.iv2.untouched'],
    ['/event/extra', 1, 'ss.iv2.untouched'],
    [
      '/event/signatures/peer.test:8448',
      undefined,
      'ss.iv2.inviter_signature_kept',
      '/event/signatures',
    ],
    ['/event/signatures/target.test', undefined, 'ss.iv2.signature_added'],
    ['/event/signatures/target.test/ed25519:a', 'AAAA', 'ss.sign.event.redacted_signed'],
  ],
  'inviteV1 request': [
    ['/unsigned', undefined, 'ss.iv1.irs_create'],
    ['/unsigned/invite_room_state', [], 'ss.iv1.irs_create'],
    ['/type', 'x', 'ss.iv2.inviting.event_schema'],
  ],
  'inviteV1 response': [
    ['/0', 201, 'ss.iv1.200_schema'],
    ['/1/event', undefined, 'ss.iv1.200_schema'],
    ['', {}, 'ss.iv1.200_schema'],
    ['/1/event/signatures/target.test', undefined, 'ss.iv1.signature_added'],
  ],
  'send request': [
    ['/origin', undefined, 'ss.txn.sender_body_schema'],
    ['/origin', 'other.test', 'ss.txn.sender_origin_matches'],
    ['/origin_server_ts', 1.5, 'ss.txn.sender_body_schema'],
    ['/pdus', undefined, 'ss.txn.sender_body_schema'],
    ['/pdus', Array.from({ length: 51 }, () => ({})), 'ss.txn.sender_limit_pdus'],
    [
      '/edus',
      Array.from({ length: 101 }, () => ({ edu_type: 'x', content: {} })),
      'ss.txn.sender_limit_edus',
    ],
    ['/edus/6', { edu_type: 'x' }, 'ss.edu.schema', '/edus/6/content'],
    ['/edus/0/content/typing', 'yes', 'ss.ty.schema'],
    ['/edus/1/content/push', undefined, 'ss.pres.schema_push'],
    ['/edus/1/content/push/0/presence', 'away', 'ss.pres.enum'],
    ['/edus/1/content/push/0/last_active_ago', undefined, 'ss.pres.schema_items'],
    ['/edus/2/content/!r:x/m.read', undefined, 'ss.rc.mread_required'],
    [`/edus/2/content/!r:x/m.read/${alice}/event_ids`, [], 'ss.rc.event_ids_single'],
    [`/edus/2/content/!r:x/m.read/${alice}/data/ts`, undefined, 'ss.rc.data_ts'],
    ['/edus/2/content/!r:x/m.read.private', {}, 'ss.rc.no_private'],
    ['/edus/3/content/stream_id', '1', 'ss.dl.schema_stream_id'],
    ['/edus/3/content/user_id', undefined, 'ss.dl.schema_user_id'],
    ['/edus/4/content/user_id', undefined, 'ss.sku.schema'],
    [
      '/edus/4/content/master_key',
      { user_id: alice },
      'ss.sku.keys',
      '/edus/4/content/master_key/usage',
    ],
    ['/edus/5/content/message_id', 'x'.repeat(33), 'ss.td.message_id_len'],
    ['/edus/5/content/messages', { nobody: {} }, 'ss.td.schema_messages'],
  ],
  'send response': [
    ['/pdus', undefined, 'ss.txn.200_schema_pdus'],
    ['/pdus/x', {}, 'ss.txn.pdus_keyed_by_event_id', '/pdus'],
    ['/pdus/$b/error', 5, 'ss.txn.pdu_result_error'],
  ],
  'event response': [
    ['/origin', undefined, 'ss.ev.200_schema'],
    ['/pdus', [], 'ss.ev.single_pdu'],
    ['/pdus/0/content', { body: 'changed' }, 'ss.hash.content.alg', '/pdus/0/hashes/sha256'],
    ['/pdus/0/depth', 79, 'ss.ev.single_pdu', '/pdus/0'],
  ],
  'state request': [['/event_id', undefined, 'ss.st.event_id_required']],
  'state response': [
    ['/pdus', undefined, 'ss.st.200_schema'],
    ['/auth_chain', 'x', 'ss.st.200_schema'],
  ],
  'stateIds request': [['/event_id', ['x'], 'ss.sti.event_id_required']],
  'stateIds response': [
    ['/pdu_ids', undefined, 'ss.sti.200_schema'],
    ['/auth_chain_ids/0', {}, 'ss.sti.200_schema'],
  ],
  'eventAuth response': [['/auth_chain', undefined, 'ss.ea.200_schema']],
  'backfill request': [
    ['/v', undefined, 'ss.bf.v_required'],
    ['/limit', undefined, 'ss.bf.limit_required'],
    ['/limit', 'many', 'ss.bf.limit_required'],
  ],
  'backfill response': [
    ['/origin_server_ts', undefined, 'ss.bf.200_schema'],
    ['/pdus/0', null, 'ss.bf.200_schema'],
  ],
  'getMissingEvents request': [
    ['/earliest_events', undefined, 'ss.gme.requester_body'],
    ['/latest_events/0', 'x', 'ss.gme.requester_body'],
    ['/limit', '10', 'ss.gme.requester_body'],
  ],
  'getMissingEvents response': [['/events', undefined, 'ss.gme.200_schema']],
  'directory request': [['/room_alias', 'x', 'ss.qd.param_required']],
  'directory response': [
    ['/room_id', undefined, 'ss.qd.200_schema'],
    ['/servers', [target, 1], 'ss.qd.200_schema', '/servers/1'],
  ],
  'profile request': [['/user_id', undefined, 'ss.qp.param_required']],
  'profile response': [
    ['', [], 'ss.qp.200_object'],
    ['/displayname', 5, 'ss.qp.displayname_type'],
    ['/avatar_url', {}, 'ss.qp.avatar_url_type'],
    ['/m.tz', 1, 'ss.qp.tz_type'],
  ],
  'refusal response': [
    ['/errcode', undefined, 'ss.err.errcode_present'],
    ['/error', undefined, 'ss.err.error_present'],
    ['/error', 5, 'ss.err.error_present'],
    ['', 404, 'ss.err.standard_form'],
  ],
}

/** The example with the fault in the part that the target says. */
function spoil(examples: Examples, name: string, [pointer, value]: Spoil): TestExchange {
  const example = examples[name]
  const part = name.split(' ')[1]
  assert.ok(example !== undefined && (part === 'request' || part === 'response'), name)
  const body = example[part]
  if (body !== undefined) return { ...example, [part]: edited(body, pointer, value) }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an edit of a query stays one
  return { ...example, query: edited(example.query, pointer, value) as Record<string, string> }
}

describe('validate, by what is wrong', () => {
  for (const version of judgedVersions) {
    const examples = examplesOf(version)
    for (const [name, rows] of Object.entries(spoils)) {
      for (const row of rows) {
        const [pointer, value, requirement, foundAt = pointer] = row
        const act =
          value === undefined ? 'without' : `with ${JSON.stringify(value).slice(0, 30)} at`
        it(`finds ${requirement} in a ${name} ${act} ${pointer} in version ${version.id}`, () => {
          const found = validate([exchangeOf(spoil(examples, name, row))], contextOf(version.id))
          const inQuery = name.endsWith('request') && examples[name]?.request === undefined
          const at = inQuery ? '' : foundAt
          assert.ok(requirement in requirements, requirement)
          assert.ok(
            found.some(
              (one) =>
                one.requirement === requirement && one.pointer === at && one.server === target,
            ),
            JSON.stringify(found, undefined, 1),
          )
        })
      }
    }
  }

  it('spoils every operation and part that has a schema', () => {
    assert.deepEqual(
      [...demands.keys()].filter((key) => !(key in spoils)),
      [],
    )
  })
})
