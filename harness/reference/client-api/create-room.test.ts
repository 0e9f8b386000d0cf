import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { JsonObject } from '../../matrix/event.ts'
import { offeredVersions } from '../offered-versions.ts'
import { TestClient, at, inside, text, typesOf } from './test-client.ts'

describe('createRoom', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  const state = async (token: string, roomId: string, path: string) =>
    (await api.good('GET', `${at(roomId)}/state/${path}`, token)).json

  it('makes the events in the order of the clause', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const { json } = await api.good('POST', '/createRoom', token, {
      room_alias_name: 'in-order',
      name: 'A name',
      topic: 'A topic',
      initial_state: [
        { type: 'x.y', content: {} },
        { type: 'm.room.guest_access', content: { guest_access: 'forbidden' } },
      ],
      invite: [bob.user, bob.user],
    })
    const roomId = text(json, 'room_id')
    const page = await api.good('GET', `${at(roomId)}/messages?dir=f&limit=50`, token)

    assert.deepEqual(typesOf(page.json['chunk']), [
      'm.room.create',
      'm.room.member',
      'm.room.power_levels',
      'm.room.canonical_alias',
      'm.room.join_rules',
      'm.room.history_visibility',
      'x.y',
      'm.room.guest_access',
      'm.room.name',
      'm.room.topic',
      'm.room.member',
    ])
  })

  it('knows the presets, and takes the visibility for one', async () => {
    const { token } = await api.newUser()
    const rules = async (options: JsonObject) => {
      const roomId = await api.newRoom(token, { preset: null, ...options })
      const content = async (type: string) => await state(token, roomId, type)
      return [
        (await content('m.room.join_rules'))['join_rule'],
        (await content('m.room.history_visibility'))['history_visibility'],
        (await content('m.room.guest_access'))['guest_access'],
      ]
    }

    assert.deepEqual(await rules({}), ['invite', 'shared', 'can_join'])
    assert.deepEqual(await rules({ visibility: 'public' }), ['public', 'shared', 'forbidden'])
    const mixed = { visibility: 'public', preset: 'private_chat' }
    assert.deepEqual(await rules(mixed), ['invite', 'shared', 'can_join'])
    const trusted = { preset: 'trusted_private_chat' }
    assert.deepEqual(await rules(trusted), ['invite', 'shared', 'can_join'])
  })

  it('lets all members invite to what is private only', async () => {
    const { token } = await api.newUser()
    const needed = async (options: JsonObject) => {
      const roomId = await api.newRoom(token, options)
      return (await state(token, roomId, 'm.room.power_levels'))['invite']
    }
    const over = { power_level_content_override: { invite: 25 } }
    assert.deepEqual(
      [await needed({}), await needed({ preset: 'private_chat' }), await needed(over)],
      [50, 0, 25],
    )
  })

  it('tells whom it invites that the room is for the two of them', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, {
      preset: 'trusted_private_chat',
      invite: [bob.user],
      is_direct: true,
    })

    const invitation = await state(token, roomId, `m.room.member/${bob.user}`)
    assert.equal(invitation['is_direct'], true)
    const create = await state(token, roomId, 'm.room.create')
    assert.deepEqual(create['additional_creators'], [bob.user])
  })

  it('keeps the fields of the create event that are its own', async () => {
    const { token } = await api.newUser()
    const roomId = await api.newRoom(token, {
      room_version: '11',
      creation_content: { creator: '@x:y', room_version: '1', type: 'm.space' },
    })

    const create = await state(token, roomId, 'm.room.create')
    assert.equal(create['room_version'], '11')
    assert.equal(create['type'], 'm.space')
    assert.equal(create['creator'], undefined)
  })

  it('leaves nothing behind where the initial state is not allowed', async () => {
    const { user, token } = await api.newUser()
    const options = {
      room_version: '11',
      name: 'A name',
      room_alias_name: 'never',
      power_level_content_override: { users: { [user]: 0 } },
    }
    await api.refused([400, 'M_INVALID_ROOM_STATE'], 'POST', '/createRoom', token, options)

    assert.deepEqual((await api.good('GET', '/joined_rooms', token)).json['joined_rooms'], [])
    const sync = await api.good('GET', '/sync', token)
    assert.deepEqual(inside(sync.json, 'rooms', 'join'), {})
    const alias = encodeURIComponent(`#never:${api.serverName}`)
    await api.refused([404, 'M_NOT_FOUND'], 'GET', `/directory/room/${alias}`)
  })

  it('refuses what it does not understand', async () => {
    const { token } = await api.newUser()
    await api.newRoom(token, { room_alias_name: 'taken' })
    const wrong: readonly (readonly [JsonObject, number, string])[] = [
      [{ room_version: 11 }, 400, 'M_BAD_JSON'],
      [{ preset: 'secret_chat' }, 400, 'M_INVALID_PARAM'],
      [{ visibility: 'hidden' }, 400, 'M_INVALID_PARAM'],
      [{ invite: 'x' }, 400, 'M_BAD_JSON'],
      [{ invite: ['x'] }, 400, 'M_INVALID_PARAM'],
      [{ invite: [`@nobody:${api.serverName}`] }, 404, 'M_NOT_FOUND'],
      [{ invite_3pid: [{ medium: 'email' }] }, 403, 'M_THREEPID_DENIED'],
      [{ is_direct: 1 }, 400, 'M_BAD_JSON'],
      [{ initial_state: [{ type: 'x.y' }] }, 400, 'M_MISSING_PARAM'],
      [{ initial_state: [{ type: 'x.y', content: { z: 1.5 } }] }, 400, 'M_BAD_JSON'],
      [{ room_alias_name: 'taken' }, 400, 'M_ROOM_IN_USE'],
      [{ room_alias_name: 'a:b' }, 400, 'M_INVALID_PARAM'],
      [{ creation_content: [] }, 400, 'M_BAD_JSON'],
      [{ creation_content: { additional_creators: ['x'] } }, 400, 'M_INVALID_ROOM_STATE'],
    ]
    for (const [body, status, errcode] of wrong)
      await api.refused([status, errcode], 'POST', '/createRoom', token, body)
  })

  for (const { id: version } of offeredVersions)
    it(`makes rooms of version ${version} in which users talk`, async () => {
      const { token } = await api.newUser()
      const bob = await api.newUser()
      const roomId = await api.newRoom(token, { room_version: version, name: 'Old or new' })
      await api.good('POST', `/join/${encodeURIComponent(roomId)}`, bob.token, {})
      const said = await api.say(token, roomId, 'hello')
      const gone = await api.say(token, roomId, 'gone')
      await api.good('PUT', `${at(roomId)}/redact/${encodeURIComponent(gone)}/1`, token, {})

      const { json } = await api.good('GET', '/sync', bob.token)
      const events = inside(json, 'rooms', 'join', roomId, 'timeline', 'events')
      assert.ok(Array.isArray(events))
      const shown = events.slice(-3)
      assert.deepEqual(shown.map((event) => inside(event, 'event_id')).slice(0, 2), [said, gone])
      assert.deepEqual(inside(shown[1], 'content'), {})
      assert.equal(inside(shown[2], 'redacts'), gone)
      assert.equal(inside(shown[2], 'content', 'redacts'), gone)
      assert.equal((await state(token, roomId, 'm.room.create'))['room_version'], version)
    })
})
