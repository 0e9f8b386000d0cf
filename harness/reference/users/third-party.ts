import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Event, Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { verifyJson } from '../../matrix/sign-json.ts'
import { forbidden, MatrixError } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { invite } from './invite.ts'

/** What an identity server has signed of somebody who was invited by an address (server-server-api#third-party-invites). */
export interface ThirdPartyInvite {
  /** Who sent the m.room.third_party_invite. */
  readonly sender: string
  readonly mxid: string
  readonly signed: JsonObject
}

interface PublicKey {
  readonly key: string
  /** Where it is told whether the key is still good. */
  readonly url?: string
}

/** Makes the invitation that was promised to an address; throws M_FORBIDDEN where nobody promised it. */
export async function redeem(
  services: Services,
  room: Room,
  { sender, mxid, signed }: ThirdPartyInvite,
): Promise<void> {
  const promise = room.stateEvent('m.room.third_party_invite', stringAt(signed, 'token') ?? '')
  if (promise === undefined) throw forbidden('nobody was invited with that token')
  if (room.membership(mxid) === 'join') throw forbidden(`${mxid} is in the room already`)
  if (serverNameOf(sender) === services.name) await checkKey(services, promise, signed)
  const display_name = stringAt(promise.pdu.content, 'display_name') ?? mxid
  const content = { third_party_invite: { display_name, signed } }
  await invite(services, { room, user: mxid, by: sender, content })
}

/** client-server-api#third-party-invites: who has invited asks whether the key is still good before anything is issued. */
async function checkKey(services: Services, promise: Event, signed: JsonObject): Promise<void> {
  const used = keysOf(promise).find(({ key }) => isSignedBy(signed, key))
  if (used === undefined) throw forbidden('no key of the invitation has signed')
  if (used.url === undefined) return
  if (!(await services.parts.making.isKeyValid(services, used.url, used.key)))
    throw forbidden('the key of the identity server is not valid any more')
}

const maxKeys = 20

function keysOf({ pdu }: Event): readonly PublicKey[] {
  const listed = valueAt(pdu.content, 'public_keys')
  const entries: readonly Json[] = Array.isArray(listed) ? listed.slice(0, maxKeys) : []
  return [pdu.content, ...entries].flatMap((entry) => {
    const key = stringAt(entry, 'public_key')
    const url = stringAt(entry, 'key_validity_url')
    if (key === undefined) return []
    return [url === undefined ? { key } : { key, url }]
  })
}

function isSignedBy(signed: JsonObject, publicKey: string): boolean {
  const servers = valueAt(signed, 'signatures')
  if (!isObject(servers)) return false
  return Object.entries(servers)
    .slice(0, maxKeys)
    .some(([server, keys]) => {
      const ids = isObject(keys) ? Object.keys(keys).slice(0, maxKeys) : []
      return ids.some((id) => verifyJson(signed, server, id, publicKey))
    })
}

/** Asks the identity server at the URL that the invitation gives; what cannot be asked is not valid. */
export async function isKeyValid(
  { remote }: Services,
  url: string,
  publicKey: string,
): Promise<boolean> {
  const query = `public_key=${encodeURIComponent(publicKey)}`
  const json = await remote.tryUrl(`${url}${url.includes('?') ? '&' : '?'}${query}`)
  return valueAt(json, 'valid') === true
}

/** One of our users now has the address: makes the invitation, or has it made by the inviter's server where this one is not in the room. */
export async function redeemHere(
  services: Services,
  roomId: string,
  one: ThirdPartyInvite,
): Promise<void> {
  const room = services.rooms.joined(roomId)
  if (room !== undefined) return redeem(services, room, one)
  const { sender, mxid, signed } = one
  await services.remote.request(serverNameOf(sender), 'exchangeThirdPartyInvite', {
    params: { roomId },
    body: {
      type: 'm.room.member',
      room_id: roomId,
      sender,
      state_key: mxid,
      // The inviter's server knows by which name the user was invited.
      content: { membership: 'invite', third_party_invite: { display_name: mxid, signed } },
    },
  })
}

/** `signed` as it has to be: M_BAD_JSON. */
export function signedIn(value: Json | undefined): JsonObject {
  const isWhole =
    isObject(value) &&
    stringAt(value, 'mxid') !== undefined &&
    stringAt(value, 'token') !== undefined &&
    isObject(value['signatures'])
  if (!isWhole) throw new MatrixError(400, 'M_BAD_JSON', 'signed lacks mxid, token or signatures')
  return value
}
