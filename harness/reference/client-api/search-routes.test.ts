import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { TestClient, at, inside, text } from './test-client.ts'

const bodiesOf = (events: Json | undefined): readonly unknown[] =>
  Array.isArray(events) ? events.map((event) => inside(event, 'content', 'body')) : []

const found = (json: JsonObject): readonly unknown[] => {
  const results = inside(json, 'results')
  return bodiesOf(Array.isArray(results) ? results.map((one) => inside(one, 'result') ?? null) : [])
}

describe('the search for events', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  const search = async (token: string, criteria: JsonObject, page = ''): Promise<JsonObject> => {
    const body = { search_categories: { room_events: criteria } }
    const { json } = await api.good('POST', `/search${page}`, token, body)
    const category = inside(json, 'search_categories', 'room_events')
    assert.ok(isObject(category))
    return category
  }

  const speaking = async (...bodies: readonly string[]) => {
    const { user, token } = await api.newUser()
    const roomId = await api.newRoom(token, { name: 'Green house' })
    const ids: string[] = []
    for (const body of bodies) ids.push(await api.say(token, roomId, body))
    return { user, token, roomId, ids }
  }

  it('finds what holds all words, in texts, names and topics', async () => {
    const { token } = await speaking('a green HOUSE', 'a green tree', 'houses, green and red')

    const recent = await search(token, { search_term: 'house green', order_by: 'recent' })
    assert.deepEqual(found(recent), ['houses, green and red', 'a green HOUSE', undefined])
    assert.equal(recent['count'], 3)
    const keys = ['content.body']
    const ranked = await search(token, { search_term: 'green', keys, order_by: 'rank' })
    assert.equal(ranked['count'], 3)
    assert.equal(
      (await search(token, { search_term: 'house', keys: ['content.name'] }))['count'],
      1,
    )
    assert.equal((await search(token, { search_term: 'blue' }))['count'], 0)
  })

  it('gives pages, each as long as the filter says', async () => {
    const { token, roomId } = await speaking('word 1', 'word 2', 'word 3')
    await speaking('word elsewhere')
    const filter = { limit: 2, rooms: [roomId] }
    const criteria = { search_term: 'word', order_by: 'recent', filter }

    const first = await search(token, criteria)
    const second = await search(token, criteria, `?next_batch=${text(first, 'next_batch')}`)
    assert.deepEqual([found(first), found(second)], [['word 3', 'word 2'], ['word 1']])
    assert.deepEqual([first['count'], second['count'], second['next_batch']], [3, 3, undefined])
    const others = { ...criteria, filter: { not_rooms: [roomId] } }
    assert.equal((await search(token, others))['count'], 0)
  })

  it('shows what lies around, by whom, and in which room', async () => {
    const { user, token, roomId } = await speaking('1', '2', 'here', '4', '5')
    const result = await search(token, {
      search_term: 'here',
      include_state: true,
      event_context: { before_limit: 1, after_limit: 1, include_profile: true },
      groupings: { group_by: [{ key: 'sender' }, { key: 'room_id' }] },
    })

    const context = inside(result, 'results', 0, 'context')
    assert.deepEqual(bodiesOf(inside(context, 'events_before')), ['2'])
    assert.deepEqual(bodiesOf(inside(context, 'events_after')), ['4'])
    assert.equal(inside(context, 'profile_info', user, 'displayname'), user.slice(1).split(':')[0])
    const page = `${at(roomId)}/messages?dir=b&from=${text(context, 'start')}&limit=1`
    assert.deepEqual(bodiesOf((await api.good('GET', page, token)).json['chunk']), ['1'])
    const id = inside(result, 'results', 0, 'result', 'event_id')
    for (const [key, name] of [
      ['sender', user],
      ['room_id', roomId],
    ] as const)
      assert.deepEqual(inside(result, 'groups', key, name), { order: 0, results: [id] })
    assert.ok(Array.isArray(inside(result, 'state', roomId)))
  })

  it('finds nothing that is redacted, that was never to be seen, or that is forgotten', async () => {
    const { token, roomId, ids } = await speaking('secret plan', 'secret wish')
    const stranger = await api.newUser()
    const redact = `${at(roomId)}/redact/${encodeURIComponent(ids[0] ?? '')}/1`
    await api.good('PUT', redact, token, {})
    const secret = { search_term: 'secret' }

    assert.deepEqual(found(await search(token, secret)), ['secret wish'])
    assert.equal((await search(stranger.token, secret))['count'], 0)
    await api.good('POST', `${at(roomId)}/leave`, token, {})
    assert.equal((await search(token, secret))['count'], 1)
    await api.good('POST', `${at(roomId)}/forget`, token, {})
    assert.equal((await search(token, secret))['count'], 0)
  })

  it('refuses what makes no sense', async () => {
    const { token } = await api.newUser()
    const refuse = (errcode: string, criteria: JsonObject) =>
      api.refused([400, errcode], 'POST', '/search', token, {
        search_categories: { room_events: criteria },
      })

    await refuse('M_MISSING_PARAM', {})
    await refuse('M_INVALID_PARAM', { search_term: 'x', keys: ['content.url'] })
    await refuse('M_INVALID_PARAM', { search_term: 'x', order_by: 'chance' })
    await refuse('M_INVALID_PARAM', { search_term: [...Array(21).keys()].join(' ') })
    const none = await api.good('POST', '/search', token, { search_categories: {} })
    assert.deepEqual(none.json, { search_categories: {} })
  })
})
