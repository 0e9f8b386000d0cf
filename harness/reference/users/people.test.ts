import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { valueAt } from '../../matrix/content.ts'
import { Bench, edusAt } from '../test-bench.ts'

const place = (server: { address: string; port: number }) => ({
  address: server.address,
  port: server.port,
})

describe('what people have', () => {
  it('is there again when the server is', () =>
    Bench.with(async (bench) => {
      const data = await mkdtemp(join(tmpdir(), 'fedcheck-people-'))
      try {
        const first = await bench.peer({ data })
        const other = await bench.peer()
        const room = await first.createRoom()
        await other.join(room, first)
        const { user, server } = first
        const { people } = server
        const letter = { sender: user, type: 'm.test', messages: { [user]: { A: { n: 1 } } } }
        people.devices.open(user, 'A', 'Phone')
        people.oneTimeKeys.add({ user, device: 'A' }, { 'x:1': 'one', 'x:2': 'two' })
        people.ownKeys.claim(user, { A: 'x' })
        people.toDevice.send(letter)
        const token = people.openid.grant(user)
        const file = { bytes: Buffer.from('words'), type: 'text/plain' }
        const id = await people.media.upload(user, file)
        server.services.keychain.rotate()
        const { key } = server
        const earlier = (await server.users.sync(user, { device: 'A' })).next
        await other.stop()
        const away = { ...letter, messages: { [other.user]: { B: { n: 2 } } } }
        people.toDevice.send(away)
        await server.services.store.durable()
        await first.stop()

        const second = await bench.peer({ data, ...place(server) })
        const again = second.server.people

        assert.equal(second.server.key.publicKey, key.publicKey)
        const { old_verify_keys: old } = second.server.services.keychain.document()
        assert.equal(Object.keys(old ?? {}).length, 1)
        assert.equal(again.devices.get(user, 'A').display_name, 'Phone')
        assert.deepEqual(again.ownKeys.claim(user, { A: 'x' }), { A: { 'x:2': 'two' } })
        assert.equal(again.openid.userOf(token), user)
        assert.deepEqual(await again.media.get(id, 0), { ...file, bytes: Buffer.from('words') })
        const { extras } = await second.server.users.sync(user, { device: 'A' })
        assert.deepEqual(extras?.toDevice, [{ sender: user, type: 'm.test', content: { n: 1 } }])
        const later = await second.server.users.sync(user, { device: 'A', since: earlier })
        assert.deepEqual(later.extras?.toDevice, [])

        const back = await bench.peer(place(other.server))
        await back.asked('send', second, () => edusAt(back, 'm.direct_to_device').length > 0)
        const [edu] = edusAt(back, 'm.direct_to_device')
        assert.deepEqual(valueAt(valueAt(edu, 'content'), 'messages'), away.messages)
      } finally {
        await rm(data, { recursive: true, force: true })
      }
    }))
})
