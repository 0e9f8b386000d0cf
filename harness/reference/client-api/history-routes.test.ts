import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

const bodiesOf = (events: Json | undefined) =>
  Array.isArray(events) ? events.map((event) => inside(event, 'content', 'body')) : []

const edit = (body: string) => ({ body, 'm.new_content': { body } })

const v1 = (path: string) => `/../v1${path}`

describe('history over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  let sent = 0
  /** Sends an event that relates to another one; answers its id. */
  async function relate(
    token: string,
    roomId: string,
    event: { readonly parent: string; readonly type: string; readonly content?: JsonObject },
    eventType = 'm.room.message',
  ): Promise<string> {
    sent += 1
    const content = {
      ...event.content,
      'm.relates_to': { rel_type: event.type, event_id: event.parent },
    }
    const path = `${at(roomId)}/send/${eventType}/relation${sent}`
    return text((await api.good('PUT', path, token, content)).json, 'event_id')
  }

  const relationsOf = async (token: string, roomId: string, eventId: string, rest = '') => {
    const path = v1(`${at(roomId)}/relations/${encodeURIComponent(eventId)}${rest}`)
    return (await api.good('GET', path, token)).json
  }

  it('shows what lies around an event', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const ids: string[] = []
    for (const body of ['1', '2', '3', '4', '5']) ids.push(await api.say(token, roomId, body))
    const path = `${at(roomId)}/context/${encodeURIComponent(ids[2] ?? '')}`
    const { json } = await api.good('GET', `${path}?limit=2`, token)

    assert.equal(inside(json, 'event', 'event_id'), ids[2])
    assert.deepEqual(bodiesOf(json['events_before']), ['2'])
    assert.deepEqual(bodiesOf(json['events_after']), ['4'])
    assert.ok(typesOf(json['state']).includes('m.room.create'))
    const older = `${at(roomId)}/messages?dir=b&limit=1&from=${text(json, 'start')}`
    assert.deepEqual(bodiesOf((await api.good('GET', older, token)).json['chunk']), ['1'])
    const newer = `${at(roomId)}/messages?dir=f&from=${text(json, 'end')}`
    assert.deepEqual(bodiesOf((await api.good('GET', newer, token)).json['chunk']), ['5'])
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `${at(roomId)}/context/$none`, token)
  })

  it('filters pages, ends them, and goes on from a sync', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    await api.say(token, roomId, 'early')
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    await api.say(bob.token, roomId, 'late')
    const page = async (query: string) =>
      (await api.good('GET', `${at(roomId)}/messages?${query}`, token)).json

    const filter = encodeURIComponent(
      JSON.stringify({ types: ['m.room.message'], lazy_load_members: true }),
    )
    const all = await page(`dir=b&filter=${filter}`)
    assert.deepEqual(bodiesOf(all['chunk']), ['late', 'early'])
    assert.deepEqual(typesOf(all['state']), ['m.room.member', 'm.room.member'])
    const backwards = await page(`dir=b&from=${since}&limit=1`)
    assert.deepEqual(bodiesOf(backwards['chunk']), ['early'])
    assert.deepEqual(bodiesOf((await page(`dir=f&from=${since}`))['chunk']), ['late'])
    const bounded = await page(`dir=b&to=${since}`)
    assert.deepEqual(bodiesOf(bounded['chunk']), ['late'])
    for (const query of ['dir=x', 'dir=b&from=x', 'dir=b&limit=x', 'dir=b&filter=x'])
      await api.refused([400, 'M_INVALID_PARAM'], 'GET', `${at(roomId)}/messages?${query}`, token)
  })

  it('knows who was there at an earlier time', async () => {
    const { user, token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    const early = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const keys = async (query: string) => {
      const { json } = await api.good('GET', `${at(roomId)}/members?${query}`, token)
      return Array.isArray(json['chunk'])
        ? json['chunk'].map((one) => inside(one, 'state_key'))
        : []
    }

    assert.deepEqual(await keys(`at=${early}`), [user])
    assert.deepEqual(new Set(await keys('')), new Set([user, bob.user]))
    await api.good('POST', `${at(roomId)}/leave`, bob.token, {})
    assert.deepEqual(await keys('not_membership=leave'), [user])
    assert.deepEqual(await keys('membership=leave'), [bob.user])
  })

  it('finds what relates to an event, by kind and by page', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token)
    const parent = await api.say(token, roomId, 'parent')
    const ids: string[] = []
    for (const body of ['1', '2', '3'])
      ids.push(await relate(token, roomId, { parent, type: 'm.reference', content: { body } }))
    const key = { 'm.relates_to': { rel_type: 'm.annotation', event_id: parent, key: 'x' } }
    await api.good('PUT', `${at(roomId)}/send/m.reaction/reaction`, token, key)

    assert.equal(typesOf((await relationsOf(token, roomId, parent))['chunk']).length, 4)
    const byKind = await relationsOf(token, roomId, parent, '/m.annotation/m.reaction')
    assert.deepEqual(typesOf(byKind['chunk']), ['m.reaction'])
    const first = await relationsOf(token, roomId, parent, '/m.reference?limit=2')
    assert.deepEqual(bodiesOf(first['chunk']), ['3', '2'])
    const next = text(first, 'next_batch')
    const second = await relationsOf(token, roomId, parent, `/m.reference?from=${next}`)
    assert.deepEqual(bodiesOf(second['chunk']), ['1'])
    assert.equal(second['next_batch'], undefined)
    const forth = await relationsOf(token, roomId, parent, '/m.reference?dir=f')
    const history = await api.good('GET', `${at(roomId)}/messages?dir=b&limit=2`, token)
    const since = text((await api.good('GET', '/sync', token)).json, 'next_batch')
    const news = async (from: string) =>
      (await relationsOf(token, roomId, parent, `?dir=f&from=${from}`))['chunk']
    assert.deepEqual(await news(since), [])
    assert.deepEqual(await news(text(history.json, 'start')), [])
    const later = await relationsOf(token, roomId, parent, `?dir=b&from=${since}`)
    assert.equal(typesOf(later['chunk']).length, 4)
    assert.equal(typesOf(await news(text(history.json, 'end'))).length, 2)
    assert.deepEqual(bodiesOf(forth['chunk']), ['1', '2', '3'])

    const below = { parent: ids[0] ?? '', type: 'm.reference', content: { body: 'below' } }
    await relate(token, roomId, below)
    const deep = await relationsOf(token, roomId, parent, '/m.reference?recurse=true&limit=1')
    assert.deepEqual(bodiesOf(deep['chunk']), ['below'])
    assert.ok(Number(deep['recursion_depth']) >= 3)
    const path = v1(`${at(roomId)}/relations/$none`)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', path, token)
  })

  it('bundles edits, references and threads with their parent', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const parent = await api.say(token, roomId, 'parent')
    await relate(token, roomId, { parent, type: 'm.replace', content: edit('first') })
    const last = await relate(token, roomId, { parent, type: 'm.replace', content: edit('last') })
    await relate(bob.token, roomId, { parent, type: 'm.replace', content: edit('bob may not') })
    const reply = await relate(bob.token, roomId, { parent, type: 'm.thread' })
    const bundled = async (as: string) => {
      const path = `${at(roomId)}/event/${encodeURIComponent(parent)}`
      return inside((await api.good('GET', path, as)).json, 'unsigned', 'm.relations')
    }

    assert.equal(inside(await bundled(token), 'm.replace', 'event_id'), last)
    const thread = inside(await bundled(bob.token), 'm.thread')
    assert.equal(inside(thread, 'latest_event', 'event_id'), reply)
    assert.equal(inside(thread, 'count'), 1)
    assert.equal(inside(thread, 'current_user_participated'), true)
    await api.good('PUT', `${at(roomId)}/redact/${encodeURIComponent(last)}/r`, token, {})
    assert.equal(inside(await bundled(token), 'm.replace', 'content', 'body'), 'first')
  })

  it('lists threads, the latest first', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    const roots = [await api.say(token, roomId, 'a'), await api.say(token, roomId, 'b')]
    for (const parent of roots) await relate(token, roomId, { parent, type: 'm.thread' })
    const [a = ''] = roots
    await relate(bob.token, roomId, { parent: a, type: 'm.thread' })
    const list = async (as: string, query: string) =>
      (await api.good('GET', v1(`${at(roomId)}/threads?${query}`), as)).json

    assert.deepEqual(bodiesOf((await list(token, ''))['chunk']), ['a', 'b'])
    const first = await list(token, 'limit=1')
    const second = await list(token, `limit=1&from=${text(first, 'next_batch')}`)
    assert.deepEqual(bodiesOf(second['chunk']), ['b'])
    const own = await list(bob.token, 'include=participated')
    assert.deepEqual(bodiesOf(own['chunk']), ['a'])
    const path = v1(`${at(roomId)}/threads?include=x`)
    await api.refused([400, 'M_INVALID_PARAM'], 'GET', path, token)
  })

  it('finds users by name', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const own = `/profile/${encodeURIComponent(bob.user)}/displayname`
    await api.good('PUT', own, bob.token, { displayname: 'Robert the Bruce' })
    const search = async (term: string) => {
      const body = { search_term: term }
      return (await api.good('POST', '/user_directory/search', token, body)).json
    }
    assert.deepEqual(await search('bruce'), { results: [], limited: false })
    await api.newRoom(bob.token)

    const found = await search('bruce')
    assert.equal(inside(found, 'results', 0, 'user_id'), bob.user)
    assert.equal(inside(found, 'results', 0, 'display_name'), 'Robert the Bruce')
    await api.refused([400, 'M_MISSING_PARAM'], 'POST', '/user_directory/search', token, {})
  })

  it('finds users in what anybody may read, and oneself, until all have left', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const search = async (as: string) => {
      const body = { search_term: bob.user }
      const { json } = await api.good('POST', '/user_directory/search', as, body)
      return inside(json, 'results', 0, 'user_id')
    }
    const content = { history_visibility: 'world_readable' }
    const open = { type: 'm.room.history_visibility', content }
    const roomId = await api.newRoom(bob.token, { preset: 'private_chat', initial_state: [open] })

    await api.newRoom(bob.token, { preset: 'private_chat' })

    assert.equal(await search(token), bob.user)
    assert.equal(await search(bob.token), bob.user)
    await api.good('POST', `${at(roomId)}/leave`, bob.token, {})
    assert.equal(await search(token), undefined)
    assert.equal(await search(bob.token), undefined)
  })

  it('shows a world-readable room to everybody, and nobody what came before', async () => {
    const { token } = await api.newUser()
    const stranger = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.say(token, roomId, 'secret')
    await api.refused([403, 'M_FORBIDDEN'], 'GET', `${at(roomId)}/messages?dir=b`, stranger.token)
    const open = { history_visibility: 'world_readable' }
    await api.good('PUT', `${at(roomId)}/state/m.room.history_visibility`, token, open)
    await api.say(token, roomId, 'open')

    const page = await api.good('GET', `${at(roomId)}/messages?dir=b`, stranger.token)
    assert.deepEqual(
      bodiesOf(page.json['chunk']).filter((body) => body !== undefined),
      ['open'],
    )
    await api.good('GET', `${at(roomId)}/state`, stranger.token)
  })

  it('ends for who has left with the leave', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    await api.good('POST', `${at(roomId)}/leave`, bob.token, {})
    const later = await api.say(token, roomId, 'later')

    const path = `${at(roomId)}/event/${encodeURIComponent(later)}`
    await api.refused([404, 'M_NOT_FOUND'], 'GET', path, bob.token)
    const page = await api.good('GET', `${at(roomId)}/messages?dir=b&limit=1`, bob.token)
    assert.equal(inside(page.json, 'chunk', 0, 'content', 'membership'), 'leave')
  })
})
