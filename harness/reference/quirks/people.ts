import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { ok } from '../handlers/handler.ts'
import type { Parts } from '../parts.ts'
import type { EduHandler } from '../services.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, without } from './rewrite.ts'

/** The parts with another way to take EDUs of a type that is kept, or that passes by. */
const taking = (
  parts: Parts,
  kind: keyof Parts['edus'],
  changes: Readonly<Record<string, EduHandler>>,
): Parts => ({ ...parts, edus: { ...parts.edus, [kind]: { ...parts.edus[kind], ...changes } } })

/** The honest way, with another content. */
const hearing = (
  parts: Parts,
  kind: keyof Parts['edus'],
  type: string,
  change: (content: JsonObject) => JsonObject | undefined,
): Parts =>
  taking(parts, kind, {
    [type]: (services, origin, content) => {
      const heard = change(content)
      if (heard !== undefined) parts.edus[kind][type]?.(services, origin, heard)
    },
  })

const typingForOthers: Quirk = {
  id: 'typing-for-others',
  wording: 'believes a server that users of another one are typing',
  breaks: ['ss.ty.receiver_user_origin'],
  awaits: 'suite',
  apply: (parts) =>
    taking(parts, 'passing', {
      'm.typing': (services, _origin, content) => {
        const author = serverNameOf(stringAt(content, 'user_id') ?? '')
        parts.edus.passing['m.typing']?.(services, author, content)
      },
    }),
}

const deafToLists: Quirk = {
  id: 'typing-past-acl',
  wording: "takes typing from servers that the room's access list denies",
  breaks: ['ss.ty.acl'],
  awaits: 'suite',
  apply: (parts) =>
    taking(parts, 'passing', {
      'm.typing': ({ rooms, people }, origin, content) => {
        const room = rooms.joined(stringAt(content, 'room_id') ?? '')
        if (room !== undefined) people.typing.receive(origin, room, content)
      },
    }),
}

const receiptsPastLists: Quirk = {
  id: 'receipts-past-acl',
  wording: "takes receipts from servers that the room's access list denies",
  breaks: ['ss.rc.acl'],
  awaits: 'suite',
  apply: (parts) =>
    taking(parts, 'passing', {
      'm.receipt': ({ rooms, people }, origin, content) => {
        for (const [roomId, receipts] of Object.entries(content)) {
          const room = rooms.joined(roomId)
          if (room !== undefined) people.receipts.receive(origin, room, receipts)
        }
      },
    }),
}

/** The value with a change in every object of it. */
const deep = (value: Json, change: (object: JsonObject) => JsonObject): Json => {
  if (Array.isArray(value)) return value.map((one: Json) => deep(one, change))
  if (!isObject(value)) return value
  const entries = Object.entries(change(value)).map(([key, one]) => [key, deep(one, change)])
  return Object.fromEntries(entries)
}

const forgetThreads: Quirk = {
  id: 'forget-threads',
  wording: 'takes receipts for threads as if they were for the room',
  breaks: ['ss.rc.thread_id'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'passing', 'm.receipt', (content) => {
      const changed = deep(content, (object) => without(object, 'thread_id'))
      return isObject(changed) ? changed : content
    }),
}

const presenceOfOthers: Quirk = {
  id: 'presence-of-others',
  wording: 'believes a server about the presence of users of another one',
  breaks: ['ss.pres.receiver_origin'],
  awaits: 'suite',
  apply: (parts) =>
    taking(parts, 'passing', {
      'm.presence': ({ people }, origin, content) => {
        const push = valueAt(content, 'push')
        for (const one of Array.isArray(push) ? push : []) {
          const user = stringAt(one, 'user_id')
          people.presence.receive(user === undefined ? origin : serverNameOf(user), { push: [one] })
        }
      },
    }),
}

const lettersOfAnyone: Quirk = {
  id: 'letters-of-anyone',
  wording: 'delivers messages to devices in the name of users of a server that did not send them',
  breaks: ['ss.td.receiver_sender_origin'],
  awaits: 'suite',
  apply: (parts) =>
    taking(parts, 'lasting', {
      'm.direct_to_device': ({ people }, origin, content) => {
        const sender = stringAt(content, 'sender')
        people.toDevice.receive(sender === undefined ? origin : serverNameOf(sender), content)
      },
    }),
}

const lettersAgain: Quirk = {
  id: 'letters-again',
  wording: 'delivers a message to devices each time it comes',
  breaks: ['ss.td.receiver_idempotent'],
  awaits: 'suite',
  apply: (parts) => {
    let count = 0
    return hearing(parts, 'lasting', 'm.direct_to_device', (content) => {
      count += 1
      return { ...content, message_id: `again-${count}` }
    })
  },
}

const ignoreDeviceGaps: Quirk = {
  id: 'ignore-device-gaps',
  wording: 'takes a change of devices as it comes though one before it is missing',
  breaks: ['ss.dl.receiver_resync_unknown_prev'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'lasting', 'm.device_list_update', (content) => ({ ...content, prev_id: [] })),
}

const keepDeletedDevices: Quirk = {
  id: 'keep-deleted-devices',
  wording: 'goes on naming devices of others that were deleted',
  breaks: ['ss.dl.receiver_deleted'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'lasting', 'm.device_list_update', (content) =>
      valueAt(content, 'deleted') === true ? undefined : content,
    ),
}

const ignoreSigningKeys: Quirk = {
  id: 'ignore-signing-keys',
  wording: 'does not take up new cross-signing keys of others',
  breaks: ['ss.sku.receiver_applies'],
  awaits: 'suite',
  apply: (parts) => hearing(parts, 'lasting', 'm.signing_key_update', () => undefined),
}

const devicesWithoutCrossSigning: Quirk = {
  id: 'devices-without-cross-signing',
  wording: 'leaves the cross-signing keys out of the list of devices',
  breaks: ['ss.ud.master_key', 'ss.ud.self_signing_key'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'devices', (body) => without(without(body, 'master_key'), 'self_signing_key')),
}

const queryWithoutCrossSigning: Quirk = {
  id: 'query-without-cross-signing',
  wording: 'answers queries for keys without cross-signing keys',
  breaks: ['ss.kq.master_keys', 'ss.kq.self_signing_keys'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'keysQuery', (body) =>
      without(without(body, 'master_keys'), 'self_signing_keys'),
    ),
}

const firstDeviceOnly: Quirk = {
  id: 'first-device-only',
  wording: 'answers a query for all keys of a user with those of one device',
  breaks: ['ss.kq.empty_list_all'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'keysQuery', (body) => {
      const users = objectAt(body, 'device_keys')
      const first = Object.keys(users).map((user) => [
        user,
        Object.fromEntries(Object.entries(objectAt(users, user)).slice(0, 1)),
      ])
      return { ...body, device_keys: Object.fromEntries(first) }
    }),
}

const objectAt = (json: JsonObject, key: string): JsonObject => {
  const value = json[key] ?? {}
  return isObject(value) ? value : {}
}

const claimTwice: Quirk = {
  id: 'claim-twice',
  wording: 'hands a one-time key out again to who asks the same again',
  breaks: ['ss.kc.once_only'],
  awaits: 'suite',
  apply: (parts) => {
    const given = new Map<string, JsonObject>()
    return answering(parts, 'keysClaim', (body, { services, inbound }) => {
      const key = `${services.name} ${JSON.stringify(inbound.body)}`
      const before = given.get(key) ?? body
      given.set(key, before)
      return before
    })
  },
}

const openidForAll: Quirk = {
  id: 'openid-for-all',
  wording: 'takes any token for an OpenID token of a user of its own',
  breaks: ['ss.oid.401_unknown', 'ss.oid.client_token_refused'],
  awaits: 'suite',
  apply: (parts) =>
    handling(
      parts,
      'openidUserinfo',
      () =>
        ({ name }) =>
          ok({ sub: `@user:${name}` }),
    ),
}

export const peopleQuirks: readonly Quirk[] = [
  typingForOthers,
  deafToLists,
  receiptsPastLists,
  forgetThreads,
  presenceOfOthers,
  lettersOfAnyone,
  lettersAgain,
  ignoreDeviceGaps,
  keepDeletedDevices,
  ignoreSigningKeys,
  devicesWithoutCrossSigning,
  queryWithoutCrossSigning,
  firstDeviceOnly,
  claimTwice,
  openidForAll,
]
