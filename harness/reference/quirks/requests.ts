import { ownKeyDocument } from '../keys/key-document.ts'
import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, listIn, without } from './rewrite.ts'

const acceptAnyRequestSignature: Quirk = {
  id: 'accept-any-request-signature',
  wording: 'believes the origin of a request without verifying its signature',
  breaks: ['ss.auth.bad_signature'],
  apply: (parts) => ({ ...parts, requests: { ...parts.requests, verify: () => true } }),
}

const acceptUnsignedRequests: Quirk = {
  id: 'accept-unsigned-requests',
  wording: 'answers requests that nobody has signed',
  breaks: ['ss.auth.required'],
  apply: (parts) => ({
    ...parts,
    requests: { ...parts.requests, unsigned: () => 'nobody.invalid' },
  }),
}

/** Known to nobody, so its signature is nowhere. */
const spare = SigningKey.generate('spare')

const unsignedKey: Quirk = {
  id: 'publish-unsigned-key',
  wording: 'publishes a key that has not signed the document',
  breaks: ['ss.keys.signed_by_each_verify_key'],
  apply: (parts) =>
    answering(parts, 'serverKeys', (_body, { services }) => {
      const { name, key, clock } = services.keychain
      const { signatures: _, ...document } = ownKeyDocument(name, key, clock() + 3_600_000)
      const verify_keys = {
        [key.keyId]: { key: key.publicKey },
        [spare.keyId]: { key: spare.publicKey },
      }
      return signJson({ ...document, verify_keys }, name, key)
    }),
}

const signWithAnotherKey: Quirk = {
  id: 'sign-with-another-key',
  wording: 'signs messages with another key than the one that it publishes under that name',
  breaks: ['ss.new.signed', 'ss.sign.recv.sender_server_v3'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    making: {
      ...parts.making,
      finish: (pdu, version, author) => {
        const key = SigningKey.generate(author.key.keyId.replace(/^ed25519:/, ''))
        const signer = pdu.type === 'm.room.message' ? { ...author, key } : author
        return parts.making.finish(pdu, version, signer)
      },
    },
  }),
}

const vouchForNobody: Quirk = {
  id: 'pass-keys-on-unsigned',
  wording: 'passes the keys of another server on without a signature of its own',
  breaks: ['ss.keys.notary.get.notary_signs'],
  apply: (parts) =>
    answering(parts, 'queryKeys', (body, { services }) => ({
      server_keys: listIn(body, 'server_keys').map((document) =>
        unsignedBy(document, services.name),
      ),
    })),
}

const unsignedBy = (document: Json, name: string): Json => {
  if (!isObject(document) || !isObject(document['signatures'])) return document
  return { ...document, signatures: without(document['signatures'], name) }
}

const knowNoKeys: Quirk = {
  id: 'know-no-keys-of-others',
  wording: 'gives no keys of servers that it has not heard of, and does not ask them',
  breaks: ['ss.keys.notary.get.fetches_origin'],
  apply: (parts) =>
    handling(parts, 'queryKeys', (honest) => async (services, inbound) => {
      const server = inbound.params['serverName'] ?? ''
      const known = server === services.name || services.keys.document(server) !== undefined
      return known ? honest(services, inbound) : { status: 200, json: { server_keys: [] } }
    }),
}

export const requestQuirks: readonly Quirk[] = [
  signWithAnotherKey,
  acceptAnyRequestSignature,
  acceptUnsignedRequests,
  unsignedKey,
  vouchForNobody,
  knowNoKeys,
]
