import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { TestClient, at, inside } from './test-client.ts'

const blocked = [403, 'M_INVITE_BLOCKED'] as const

describe('who wants no invitations', () => {
  let here: TestClient
  let there: TestClient

  before(async () => {
    ;[here, there] = await TestClient.pair()
  })
  after(() => Promise.all([here.stop(), there.stop()]))

  const blocking = async (content = { default_action: 'block' }) => {
    const { user, token } = await here.newUser()
    const path = `/user/${encodeURIComponent(user)}/account_data/m.invite_permission_config`
    const set = (value: object) => here.good('PUT', path, token, { ...value })
    await set(content)
    const invited = async () => {
      const { json } = await here.good('GET', '/sync', token)
      return Object.keys(inside(json, 'rooms', 'invite') ?? {})
    }
    return { user, token, set, invited }
  }

  it('gets none, in whatever way and from wherever', async () => {
    const { user } = await blocking()
    for (const api of [here, there]) {
      const { token } = await api.newUser()
      const roomId = await api.newRoom(token)
      const member = `${at(roomId)}/state/m.room.member/${encodeURIComponent(user)}`
      await api.refused(blocked, 'POST', `${at(roomId)}/invite`, token, { user_id: user })
      await api.refused(blocked, 'PUT', member, token, { membership: 'invite' })
      await api.refused(blocked, 'POST', '/createRoom', token, { invite: [user] })
      await api.refused([404, 'M_NOT_FOUND'], 'GET', member, token)
    }
  })

  it('is not shown those that have come before, until that ends', async () => {
    const guest = await blocking({ default_action: 'ask' })
    const rooms: string[] = []
    for (const api of [here, there]) {
      const { token } = await api.newUser()
      rooms.push(await api.newRoom(token, { invite: [guest.user] }))
    }
    assert.deepEqual(new Set(await guest.invited()), new Set(rooms))

    await guest.set({ default_action: 'block' })
    assert.deepEqual(await guest.invited(), [])
    await guest.set({})
    assert.equal((await guest.invited()).length, 2)
  })
})
