import { describe } from 'mocha'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import type { RequestOptions, Room } from '../../world/homeserver.ts'
import type { CreateRoomOptions } from '../users/operations.ts'
import { text } from '../test-bench.ts'
import { exploringQuirks } from './exploring.ts'
import { inRoom, type Row, type Scene, shows } from './test-on-the-wire.ts'

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const list = valueAt(json, key)
  return Array.isArray(list) ? list : []
}

const create = ({ one }: Scene, options: CreateRoomOptions): Promise<Room> =>
  one.server.users.createRoom(one.user, options)

/** What the first server says of its directory of three rooms. */
async function directory(scene: Scene, operation: string, options: RequestOptions) {
  for (const name of ['Ants', 'Bees', 'Cicadas']) await create(scene, { name, isPublished: true })
  const ask = async (more: RequestOptions) =>
    (await scene.two.request(scene.one, operation, more)).json
  return { json: await ask(options), ask }
}

const namesIn = (json: Json | undefined): readonly string[] =>
  listAt(json, 'chunk').map((entry) => stringAt(entry, 'name') ?? '')

/** What it says of a space with an open room, which is suggested, and a closed one. */
async function space(scene: Scene, query: Record<string, string>): Promise<Json> {
  const { one, two } = scene
  const open = await create(scene, { name: 'open' })
  const closed = await create(scene, { name: 'closed', joinRule: 'invite' })
  const also = await create(scene, { name: 'also open' })
  const child = (room: Room, suggested: boolean) => ({
    type: 'm.space.child',
    state_key: room.id,
    content: { via: [one.name], suggested },
  })
  const room = await create(scene, {
    creation: { type: 'm.space' },
    initialState: [child(open, true), child(closed, false), child(also, false)],
  })
  const { json } = await two.request(one, 'hierarchy', { params: { roomId: room.id }, query })
  const names = listAt(json, 'children').map((entry) => stringAt(entry, 'name') ?? '')
  return [...names.toSorted(), listAt(json, 'inaccessible_children').length]
}

/** The body of the event that it finds at a time between two. */
async function foundAt(scene: Scene): Promise<Json> {
  const { one, two } = scene
  const room = await inRoom(scene)
  const [, later] = [1_000, 3_000].map((originServerTs) =>
    one.author(room, text(`${originServerTs}`), { originServerTs }),
  )
  const query = { ts: '2000', dir: 'b' }
  const params = { roomId: room.id }
  const { json } = await two.request(one, 'timestampToEvent', { params, query })
  return stringAt(json, 'event_id') === later?.id
    ? 'later'
    : (valueAt(json, 'origin_server_ts') ?? 0)
}

/** The Content-Type with which media come. */
async function typeOfMedia({ one, two }: Scene): Promise<string> {
  const file = { bytes: Buffer.from('hello'), type: 'text/plain' }
  const mediaId = await one.server.people.media.upload(one.user, file)
  const { headers } = await two.request(one, 'mediaDownload', { params: { mediaId } })
  return (headers['content-type'] ?? 'none').replace(/boundary=.*/, 'boundary')
}

const rows: Readonly<Record<string, Row>> = {
  'whole-directory': {
    honest: 2,
    odd: 3,
    see: async (scene) =>
      namesIn((await directory(scene, 'publicRooms', { query: { limit: '2' } })).json).length,
  },
  'directory-again': {
    honest: false,
    odd: true,
    see: async (scene) => {
      const { json, ask } = await directory(scene, 'publicRooms', { query: { limit: '2' } })
      const since = stringAt(json, 'next_batch') ?? ''
      const next = namesIn(await ask({ query: { limit: '2', since } }))
      return namesIn(json).some((name) => next.includes(name))
    },
  },
  'search-for-nothing': {
    honest: ['Bees'],
    odd: 3,
    see: async (scene) => {
      const body = { filter: { generic_search_term: 'bee' } }
      const names = namesIn((await directory(scene, 'publicRoomsFiltered', { body })).json)
      return names.length === 1 ? [...names] : names.length
    },
  },
  'counts-as-text': {
    honest: 'number',
    odd: 'string',
    see: async (scene) => {
      const { json } = await directory(scene, 'publicRooms', {})
      return typeof valueAt(listAt(json, 'chunk')[0], 'num_joined_members')
    },
  },
  'tell-of-closed-rooms': {
    honest: ['also open', 'open', 1],
    odd: ['also open', 'closed', 'open', 0],
    see: (scene) => space(scene, {}),
  },
  'suggest-all': {
    honest: ['open', 0],
    odd: ['also open', 'open', 1],
    see: (scene) => space(scene, { suggested_only: 'true' }),
  },
  'other-direction': { honest: 1_000, odd: 'later', see: foundAt },
  'plain-media': { honest: 'multipart/mixed; boundary', odd: 'text/plain', see: typeOfMedia },
  'media-without-boundary': {
    honest: 'multipart/mixed; boundary',
    odd: 'multipart/mixed',
    see: typeOfMedia,
  },
}

describe('quirks with what others explore', () => shows(rows, exploringQuirks))
