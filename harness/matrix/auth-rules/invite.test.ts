import type { JsonObject } from '../event.ts'
import { isObject } from '../json.ts'
import { signJson } from '../sign-json.ts'
import { SigningKey } from '../signing-key.ts'
import type { TestDraft } from '../test-room.ts'
import { member, powerLevels, type Row, testTable } from './test-table.ts'

const invite = (user: string, sender = '@mod:b', content: JsonObject = {}): TestDraft =>
  member(user, 'invite', { sender, content })

const rows: Row[] = [
  ...['@left:b', '@invited:b', '@knocked:b', '@banned:b', '@nobody:b'].map(
    (sender): Row => ({
      rule: 'auth.invite.sender_not_joined',
      why: `by ${sender}`,
      refused: { draft: invite('@stranger:c', sender) },
      control: { draft: invite('@stranger:c', sender), given: [member(sender, 'join')] },
    }),
  ),
  {
    rule: 'auth.invite.target_joined',
    why: 'of a joined user',
    refused: { draft: invite('@user:b') },
    control: { draft: invite('@left:b') },
  },
  {
    rule: 'auth.invite.target_banned',
    why: 'of a banned user',
    refused: { draft: invite('@banned:b') },
    control: { draft: invite('@knocked:b') },
  },
  {
    rule: 'auth.invite.power_low',
    why: 'below the invite level',
    refused: { draft: invite('@stranger:c'), given: [powerLevels({ invite: 51 })] },
    control: { draft: invite('@stranger:c'), given: [powerLevels({ invite: 50 })] },
    tells: /power 50, the invite level is 51/,
  },
  {
    rule: 'auth.invite.power_low',
    why: 'the invite level is 0 where it is not written down',
    refused: { draft: invite('@stranger:c', '@user:b'), given: [powerLevels({ invite: 1 })] },
    control: { draft: invite('@stranger:c', '@user:b') },
  },
]

testTable('the rules on inviting', rows)

const key = SigningKey.fromSeed(new Uint8Array(32).fill(1), 'identity')
const otherKey = SigningKey.fromSeed(new Uint8Array(32).fill(2), 'other')

const proof = (target: string, by: SigningKey = key): JsonObject =>
  signJson({ mxid: target, token: 'token' }, 'identity.test', by)

/** Third-party invites are not held to membership or power: the sender has left by now. */
const bySigned = (signed: JsonObject | null, target = '@stranger:c'): TestDraft =>
  invite(target, '@left:b', {
    third_party_invite: signed === null ? {} : { display_name: 's', signed },
  })

const invitation = (content: JsonObject, sender = '@left:b'): TestDraft => ({
  type: 'm.room.third_party_invite',
  sender,
  state_key: 'token',
  content,
})

const given = [invitation({ public_key: key.publicKey })]
const control = { draft: bySigned(proof('@stranger:c')), given }

const without = (name: string): JsonObject => {
  const { [name]: _, ...rest } = proof('@stranger:c')
  return rest
}

const signaturesIn = ({ signatures }: JsonObject): JsonObject =>
  isObject(signatures) ? signatures : {}

/** With so many signatures before the good one. */
const crowded = (others: number): JsonObject => {
  const good = proof('@stranger:c')
  const names = Array.from({ length: others }, (_, at) => [`ed25519:${at}`, 'AAAA'] as const)
  const signatures = { 'a.test': Object.fromEntries(names), ...signaturesIn(good) }
  return { ...good, signatures }
}

const thirdPartyRows: Row[] = [
  {
    rule: 'auth.invite.3pi.target_banned',
    why: 'of a banned user',
    refused: { draft: bySigned(proof('@banned:b'), '@banned:b'), given },
    control: { draft: bySigned(proof('@knocked:b'), '@knocked:b'), given },
  },
  {
    rule: 'auth.invite.3pi.no_signed',
    why: 'without signed',
    refused: { draft: bySigned(null), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.no_signed',
    why: 'third_party_invite is null',
    refused: { draft: invite('@stranger:c', '@mod:b', { third_party_invite: null }), given },
    control: { draft: invite('@stranger:c', '@mod:b'), given },
  },
  {
    rule: 'auth.invite.3pi.no_mxid',
    why: 'signed has no mxid',
    refused: { draft: bySigned(without('mxid')), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.no_token',
    why: 'signed has no token',
    refused: { draft: bySigned(without('token')), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.mxid_state_key',
    why: 'signed is for another user',
    refused: { draft: bySigned(proof('@user:b')), given },
    control,
    tells: /@user:b, the state key @stranger:c/,
  },
  {
    rule: 'auth.invite.3pi.no_event',
    why: 'the room has no such third-party invite',
    refused: { draft: bySigned(proof('@stranger:c')) },
    control,
  },
  {
    rule: 'auth.invite.3pi.sender_mismatch',
    why: 'the third-party invite is of another sender',
    refused: {
      draft: bySigned(proof('@stranger:c')),
      given: [invitation({ public_key: key.publicKey }, '@mod:b')],
    },
    control,
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'signed by another key',
    refused: { draft: bySigned(proof('@stranger:c', otherKey)), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'signed with something else in it',
    refused: { draft: bySigned({ ...proof('@stranger:c'), more: 1 }), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'not signed at all',
    refused: { draft: bySigned(without('signatures')), given },
    control,
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'the thousandth signature may be the good one, and no later one',
    refused: { draft: bySigned(crowded(1000)), given },
    control: { draft: bySigned(crowded(999)), given },
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'signatures of a wrong type are none',
    refused: {
      draft: bySigned({ ...without('signatures'), signatures: { 'x.test': 'y' } }),
      given,
    },
    control: {
      draft: bySigned({
        ...proof('@stranger:c'),
        signatures: { 'x.test': 5, ...signaturesIn(proof('@stranger:c')) },
      }),
      given,
    },
  },
  {
    rule: 'auth.invite.3pi.otherwise',
    why: 'one of public_keys is enough, and one of several signatures',
    refused: {
      draft: bySigned(signJson(proof('@stranger:c', otherKey), 'x.test', otherKey)),
      given: [invitation({ public_keys: [{ public_key: key.publicKey }, {}, 1] })],
    },
    control: {
      draft: bySigned(signJson(proof('@stranger:c', otherKey), 'x.test', key)),
      given: [invitation({ public_key: 'x', public_keys: [{}, 1, { public_key: key.publicKey }] })],
    },
  },
]

testTable('the rules on third-party invites', thirdPartyRows)
