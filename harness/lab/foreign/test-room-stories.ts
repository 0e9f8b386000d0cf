import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Json } from '../../matrix/event.ts'
import { valueIn } from '../../targets/client.ts'
import { listIn, textOf } from './test-citizen.ts'
import { couple, type Story, talk } from './test-member-stories.ts'

const ids = (json: Json) => listIn(json, 'chunk').map((one) => valueIn(one, 'room_id'))

const aliasName = () => `street-${randomBytes(4).toString('hex')}`

/** What is known beyond the room itself: aliases, lists, spaces, times, successors. */
export const roomStories: readonly Story[] = [
  {
    name: 'finds a room by its alias',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const name = aliasName()
      const room = await host.createRoom({ room_alias_name: name })
      const alias = `#${name}:${scene.resident.name}`
      const found = await guest.ask('GET', `/directory/room/${encodeURIComponent(alias)}`)
      assert.equal(textOf(found, 'room_id'), room)
      assert.ok(listIn(found, 'servers').includes(scene.resident.name))
      assert.equal(await guest.join(alias, scene.resident), room)
      await talk(room, host, guest)
    },
  },
  {
    name: 'lists the public rooms of the other server, and searches them',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const name = aliasName()
      const room = await host.createRoom({ visibility: 'public', name })
      await host.createRoom({ visibility: 'public', name: 'another' })
      const path = `/publicRooms?server=${scene.resident.name}`
      await guest.finds('the room', async () => ids(await guest.ask('GET', path)).includes(room))
      const filter = { generic_search_term: name }
      const searched = await guest.ask('POST', path, { filter, limit: 10 })
      assert.deepEqual(ids(searched), [room])
      const first = await guest.ask('GET', `${path}&limit=1`)
      const next = await guest.ask('GET', `${path}&limit=1&since=${textOf(first, 'next_batch')}`)
      assert.equal(ids(first).length + ids(next).length, 2)
      assert.notDeepEqual(ids(first), ids(next))
    },
  },
  {
    name: 'looks into a space of the other server',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const via = [scene.resident.name]
      const open = await host.createRoom({ name: 'open' })
      const closed = await host.createRoom({ name: 'closed', preset: 'private_chat' })
      const space = await host.createRoom({ creation_content: { type: 'm.space' }, name: 'space' })
      for (const child of [open, closed])
        await host.put(space, 'm.space.child', { via, suggested: child === open }, child)
      await guest.join(space, scene.resident)
      const path = `/_matrix/client/v1/rooms/${encodeURIComponent(space)}/hierarchy`
      const rooms = listIn(await guest.ask('GET', path), 'rooms')
      assert.deepEqual(
        rooms.map((room) => valueIn(room, 'room_id')),
        [space, open],
      )
      assert.deepEqual(
        rooms.map((room) => valueIn(room, 'name')),
        ['space', 'open'],
      )
    },
  },
  {
    name: 'finds the event nearest to a time before its own',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const room = await host.createRoom()
      const early = await host.say(room, 'early')
      const { json } = await host.call(
        'GET',
        `/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(early)}`,
      )
      const ts = JSON.stringify(valueIn(json, 'origin_server_ts'))
      for (const words of ['later', 'later still']) await host.say(room, words)
      await guest.join(room, scene.resident)
      const path = `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/timestamp_to_event`
      const found = await guest.ask('GET', `${path}?ts=${ts}&dir=f`)
      assert.equal(textOf(found, 'event_id'), early)
    },
  },
  {
    name: 'follows a room into its successor',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const room = await host.createRoom({ room_version: '10', name: 'old house' })
      await guest.join(room, scene.resident)
      const upgrade = `/rooms/${encodeURIComponent(room)}/upgrade`
      const successor = textOf(
        await host.ask('POST', upgrade, { new_version: '12' }),
        'replacement_room',
      )
      const tombstone = `/rooms/${encodeURIComponent(room)}/state/m.room.tombstone`
      await guest.finds('the tombstone', async () => {
        const { json } = await guest.call('GET', tombstone)
        return valueIn(json, 'replacement_room') === successor
      })
      await guest.join(successor, scene.resident)
      const state = listIn(
        { state: await guest.ask('GET', `/rooms/${encodeURIComponent(successor)}/state`) },
        'state',
      )
      const create = state.find((event) => valueIn(event, 'type') === 'm.room.create')
      assert.equal(valueIn(create, 'content', 'predecessor', 'room_id'), room)
      await talk(successor, host, guest)
    },
  },
  {
    name: 'reads what was said before it came',
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const room = await host.createRoom()
      const said: string[] = []
      for (let index = 0; index < 60; index += 1) said.push(await host.say(room, `word ${index}`))
      await guest.join(room, scene.resident)
      const seen = new Set<Json | undefined>()
      let from = ''
      for (let page = 0; page < 20 && !said.every((id) => seen.has(id)); page += 1) {
        const path = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=30${from}`
        const answer = await guest.ask('GET', path)
        for (const event of listIn(answer, 'chunk')) seen.add(valueIn(event, 'event_id'))
        const end = valueIn(answer, 'end')
        if (typeof end !== 'string') break
        from = `&from=${encodeURIComponent(end)}`
      }
      assert.deepEqual(
        said.filter((id) => !seen.has(id)),
        [],
      )
    },
  },
]
