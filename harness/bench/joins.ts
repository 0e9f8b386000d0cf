import { availableParallelism } from 'node:os'
import { authEventKeys } from '../matrix/auth-events.ts'
import { valueAt } from '../matrix/content.ts'
import type { Event, JsonObject } from '../matrix/event.ts'
import { serverNameOf } from '../matrix/identifiers.ts'
import { authChecks } from '../matrix/receipt.ts'
import { citedIds } from '../matrix/references.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { finishEvent, type KeyLookup } from '../matrix/sign-event.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import { stateKey } from '../matrix/state-key.ts'
import { standardParts } from '../reference/parts.ts'
import { Inspector } from '../reference/rooms/inspector.ts'
import { parseBody } from '../wire/parse-body.ts'
import { verifyLimits } from './openssl.ts'
import { beside, type Figure, inRounds } from './rounds.ts'

const members = 10_000
const servers = 50
const version = roomVersions.v11
const serverOf = (at: number): string => `hs${at % servers}.example.org`
const memberName = (at: number): string => `@user${at}:${serverOf(at)}`
const creator = memberName(0)

interface Deed {
  readonly type: string
  readonly sender: string
  readonly state_key: string
  readonly content: JsonObject
}

const joining = (at: number): Deed => ({
  type: 'm.room.member',
  sender: memberName(at),
  state_key: memberName(at),
  content: {
    membership: 'join',
    displayname: `A user of some server somewhere, number ${at}`,
    avatar_url: 'mxc://hs1.example.org/abcdefghijklmnopqrstuvwxyz',
    reason: 'Because I could, and since the room was open to everybody. '.repeat(4),
  },
})

const own = (type: string, content: JsonObject): Deed => ({
  type,
  sender: creator,
  state_key: '',
  content,
})

const deeds: readonly Deed[] = [
  own('m.room.create', { room_version: version.id }),
  joining(0),
  own('m.room.power_levels', { users: { [creator]: 100 } }),
  own('m.room.join_rules', { join_rule: 'public' }),
  ...Array.from({ length: members - 1 }, (_, at) => joining(at + 1)),
]

const keys = new Map(
  Array.from({ length: servers }, (_, at) => [
    serverOf(at),
    SigningKey.fromSeed(Buffer.alloc(32, at + 1), 'a_1'),
  ]),
)

const lookup: KeyLookup = (server, keyId) => {
  const key = keys.get(server)
  return key?.keyId === keyId
    ? { publicKey: key.publicKey, validUntil: Number.POSITIVE_INFINITY }
    : undefined
}

/** What a resident answers to send_join, as bytes: a room that 10,000 users of 50 servers have joined. */
function answerOf(): Buffer {
  const state = new Map<string, Event>()
  let last: Event | undefined
  for (const [depth, deed] of deeds.entries()) {
    const cited = authEventKeys(deed, version).flatMap(([type, key]) => {
      const id = state.get(stateKey(type, key))?.id
      return id === undefined ? [] : [id]
    })
    const server = serverNameOf(deed.sender)
    const key = keys.get(server)
    if (key === undefined) throw new Error(`${server} has no key`)
    const draft = {
      ...deed,
      room_id: '!abcdefghijklmnopqr:hs0.example.org',
      prev_events: last === undefined ? [] : [last.id],
      auth_events: cited,
      depth,
      origin_server_ts: 1_700_000_000_000 + depth,
    }
    last = finishEvent(draft, version, server, key)
    state.set(stateKey(deed.type, deed.state_key), last)
  }
  const events = [...state.values()].map(({ pdu }) => pdu)
  return Buffer.from(
    JSON.stringify({ origin: serverOf(0), state: events, auth_chain: events.slice(0, 4) }),
  )
}

/** Everything that a server checks of the events by themselves and by what they cite. */
async function accept(answer: Buffer): Promise<void> {
  const inspector = new Inspector({ lookup, prepare: async () => {} }, standardParts.receipt)
  const json = parseBody(answer, { operation: 'sendJoin', part: 'response' })
  const state = valueAt(json, 'state')
  if (!Array.isArray(state)) throw new Error('there is no state in the answer')
  const events = await inspector.accept(state, { version })
  const byId = new Map(events.map((event) => [event.id, event]))
  for (const event of events) {
    const cited = citedIds(event).flatMap((id) => byId.get(id) ?? [])
    const refusal = authChecks.authAtAuthEvents(event, cited, () => false, undefined)
    if (refusal !== undefined) throw new Error(`a lawful event was refused: ${refusal.message}`)
  }
  if (events.length !== deeds.length) throw new Error('a good event was not found good')
}

/** How long the events of a join take, beside what their signatures alone would on all cores. */
export const joinFigures = async (): Promise<Figure[]> => {
  const answer = answerOf()
  const cores = availableParallelism()
  const { all, by } = verifyLimits()
  const { values, limits } = await inRounds({
    limits: all,
    values: async () => {
      const start = performance.now()
      await accept(answer)
      return (deeds.length * 1000) / (performance.now() - start)
    },
  })
  const name = `events of a send_join of 10,000, read and checked, ${cores} cores (limit: ${by})`
  return [beside({ name, unit: '/s', target: 1 / 1.7, values, limits })]
}
