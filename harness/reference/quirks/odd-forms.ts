import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import { chosenBy, Lots } from '../choices.ts'
import type { Parts } from '../parts.ts'
import type { NearMiss } from './quirk.ts'
import { answering, everywhere, handling, without } from './rewrite.ts'

export const chosenByLot: NearMiss = {
  id: 'chosen-by-lot',
  wording:
    'casts lots for the size of pages and transactions, for orders, and for which of more than 20 heads it cites',
  leftOpenBy: 'server-server-api#get_matrixfederationv1backfillroomid',
  apply: (parts) => chosenBy(new Lots(7), parts),
}

const strangeTransactionIds: NearMiss = {
  id: 'strange-transaction-ids',
  wording: 'has transaction ids of signs that a path has to escape',
  leftOpenBy: 'server-server-api#put_matrixfederationv1sendtxnid',
  apply: (parts) => ({
    ...parts,
    sending: {
      ...parts.sending,
      transactionId: (id, attempt) => `${parts.sending.transactionId(id, attempt)} ~ü/?&`,
    },
  }),
}

const ownConnections: NearMiss = {
  id: 'own-connections',
  wording: 'ends every connection with the first answer',
  leftOpenBy: 'server-server-api#api-standards',
  apply: (parts) =>
    everywhere(parts, (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      return { ...outcome, headers: { ...outcome.headers, connection: 'close' } }
    }),
}

/** With white space, and escapes for everything that is not ASCII and for slashes. */
const spacious = (json: Json): string =>
  JSON.stringify(json, undefined, '\t').replaceAll(
    /[\u0080-\uffff]|\//g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const spaciousJson: NearMiss = {
  id: 'spacious-json',
  wording: 'answers in JSON with white space and needless escapes, and says that it is UTF-8',
  leftOpenBy: 'server-server-api#api-standards',
  apply: (parts) =>
    everywhere(parts, (honest) => async (services, inbound) => {
      const { json, ...outcome } = await honest(services, inbound)
      if (json === undefined) return outcome
      const headers = { ...outcome.headers, 'content-type': 'application/json; charset=utf-8' }
      return { ...outcome, headers, bytes: Buffer.from(spacious(json)) }
    }),
}

const unknownEdus: NearMiss = {
  id: 'unknown-edus',
  wording: 'tells servers that send it something about things of which nobody has heard, in EDUs',
  leftOpenBy: 'server-server-api#edus',
  apply: (parts) =>
    handling(parts, 'send', (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      const content = { of: services.name, 'org.fedcheck.list': [1, null, {}] }
      services.sender.queue(inbound.origin).addEdu({ edu_type: 'org.fedcheck.weather', content })
      return outcome
    }),
}

/** Of nobody any more. */
const retired = SigningKey.generate()
const retiredKeys = {
  'ed25519:long_ago': { key: retired.publicKey, expired_ts: 1_500_000_000_000 },
}

const withOldKeys = (document: JsonObject, server: string, key: SigningKey): JsonObject =>
  signJson({ ...without(document, 'signatures'), old_verify_keys: retiredKeys }, server, key)

const oldKeys: NearMiss = {
  id: 'old-keys',
  wording: 'publishes a key too that it has not used for years',
  leftOpenBy: 'server-server-api#publishing-keys',
  apply: (parts) =>
    answering(parts, 'serverKeys', (body, { services }) =>
      withOldKeys(body, services.name, services.keychain.key),
    ),
}

const lists = ['pdus', 'state', 'auth_chain', 'events']

const withUnsigned = (pdu: Json): Json =>
  isObject(pdu) ? { ...pdu, unsigned: { age: 1_234, 'org.fedcheck.note': [{}] } } : pdu

const unsignedNotes: NearMiss = {
  id: 'unsigned-notes',
  wording: 'gives events with unsigned data of its own',
  leftOpenBy: 'server-server-api#pdus',
  apply: (parts: Parts) =>
    everywhere(parts, (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      const { json } = outcome
      if (!isObject(json)) return outcome
      const noted = lists.flatMap((key) => {
        const list = json[key]
        return Array.isArray(list) ? [[key, list.map(withUnsigned)]] : []
      })
      return { ...outcome, json: { ...json, ...Object.fromEntries(noted) } }
    }),
}

const generousInvitations: NearMiss = {
  id: 'generous-invitations',
  wording: 'sends the whole state of the room along with an invitation',
  leftOpenBy: 'server-server-api#put_matrixfederationv2inviteroomideventid',
  apply: (parts) => ({
    ...parts,
    making: {
      ...parts.making,
      invitationState: (room) => [...room.current.values()].flatMap((id) => room.lookup(id) ?? []),
    },
  }),
}

/** What the specification leaves open about form. One after the other, they leave room for each other. */
export const oddForms: readonly NearMiss[] = [
  strangeTransactionIds,
  ownConnections,
  unknownEdus,
  oldKeys,
  unsignedNotes,
  generousInvitations,
  // It leaves no JSON to those after it.
  spaciousJson,
]
