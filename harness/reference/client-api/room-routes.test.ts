import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside, typesOf } from './test-client.ts'

describe('rooms over the client API', () => {
  let api: TestClient

  before(async () => {
    api = await TestClient.start()
  })
  after(() => api.stop())

  it('creates a room as it was asked for', async () => {
    const { user, token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, {
      room_version: '11',
      name: 'A name',
      topic: 'A topic',
      room_alias_name: 'as-asked',
      invite: [bob.user],
      creation_content: { 'm.federate': false },
      power_level_content_override: { users: { [user]: 100, [bob.user]: 50 } },
      initial_state: [{ type: 'x.y', state_key: 'k', content: { z: 1 } }],
    })

    const state = async (path: string) =>
      (await api.good('GET', `${at(roomId)}/state/${path}`, token)).json
    assert.equal((await state('m.room.create'))['room_version'], '11')
    assert.equal((await state('m.room.create'))['m.federate'], false)
    assert.equal((await state('m.room.name/'))['name'], 'A name')
    assert.equal((await state('m.room.topic'))['topic'], 'A topic')
    assert.equal((await state('m.room.join_rules'))['join_rule'], 'public')
    assert.deepEqual(await state('x.y/k'), { z: 1 })
    assert.equal(inside(await state('m.room.power_levels'), 'users', bob.user), 50)
    assert.equal((await state(`m.room.member/${bob.user}`))['membership'], 'invite')
    const alias = encodeURIComponent(`#as-asked:${api.serverName}`)
    assert.equal((await api.good('GET', `/directory/room/${alias}`)).json['room_id'], roomId)
  })

  it('makes who is trusted a creator where the version has creators', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const trusted = { preset: 'trusted_private_chat', invite: [bob.user] }
    const roomId = await api.newRoom(token, { ...trusted, room_version: '12' })
    const older = await api.newRoom(token, { ...trusted, room_version: '11' })

    const create = await api.good('GET', `${at(roomId)}/state/m.room.create`, token)
    assert.deepEqual(create.json['additional_creators'], [bob.user])
    const power = await api.good('GET', `${at(older)}/state/m.room.power_levels`, token)
    assert.equal(inside(power.json, 'users', bob.user), 100)
  })

  it('does not create what it does not know', async () => {
    const { token } = await api.newUser()
    await api.refused([400, 'M_UNSUPPORTED_ROOM_VERSION'], 'POST', '/createRoom', token, {
      room_version: 'nonsense',
    })
  })

  it('joins by id, by alias, and lists who is there', async () => {
    const { token } = await api.newUser()
    const [bob, carol] = [await api.newUser(), await api.newUser()]
    const roomId = await api.newRoom(token, { room_alias_name: 'meet' })
    const alias = encodeURIComponent(`#meet:${api.serverName}`)

    const joined = await api.good('POST', `/join/${alias}`, bob.token, {})
    assert.equal(joined.json['room_id'], roomId)
    await api.good('POST', `${at(roomId)}/join`, carol.token)

    const rooms = await api.good('GET', '/joined_rooms', bob.token)
    assert.deepEqual(rooms.json['joined_rooms'], [roomId])
    const members = await api.good('GET', `${at(roomId)}/members?membership=join`, token)
    assert.equal(
      inside(members.json, 'chunk', 'length') ?? typesOf(members.json['chunk']).length,
      3,
    )
    const there = await api.good('GET', `${at(roomId)}/joined_members`, token)
    assert.equal(Object.keys(there.json['joined'] ?? {}).length, 3)
  })

  it('invites, kicks, bans, unbans, leaves and forgets', async () => {
    const { token } = await api.newUser()
    const bob = await api.newUser()
    const roomId = await api.newRoom(token, { preset: 'private_chat' })
    const member = `${at(roomId)}/state/m.room.member/${bob.user}`
    const membership = async () => (await api.good('GET', member, token)).json['membership']
    const target = { user_id: bob.user, reason: 'because' }

    await api.refused([403, 'M_FORBIDDEN'], 'POST', `/join/${roomId}`, bob.token, {})
    await api.good('POST', `${at(roomId)}/invite`, token, target)
    await api.good('POST', `/join/${roomId}`, bob.token, {})
    assert.equal(await membership(), 'join')
    await api.refused([400, 'M_UNKNOWN'], 'POST', `${at(roomId)}/forget`, bob.token, {})
    await api.good('POST', `${at(roomId)}/kick`, token, target)
    assert.equal(await membership(), 'leave')
    await api.good('POST', `${at(roomId)}/ban`, token, target)
    assert.equal(await membership(), 'ban')
    await api.good('POST', `${at(roomId)}/unban`, token, target)
    await api.good('POST', `${at(roomId)}/invite`, token, target)
    await api.good('POST', `${at(roomId)}/leave`, bob.token)
    assert.equal(await membership(), 'leave')

    await api.good('POST', `${at(roomId)}/forget`, bob.token, {})
    const sync = await api.good('GET', '/sync', bob.token)
    assert.equal(inside(sync.json, 'rooms', 'leave', roomId), undefined)
  })
})
