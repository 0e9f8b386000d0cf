import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Bench, text } from '../test-bench.ts'
import { allowed } from './access.ts'

describe('access to a room', () => {
  it('follows access lists, whatever the port', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom()
      const known = one.server.rooms.get(room.id)
      assert.ok(known !== undefined)
      const set = (content: Record<string, string[] | boolean>) =>
        one.send(room, { type: 'm.room.server_acl', state_key: '', content })

      assert.ok(allowed(known, 'evil.example'))
      await set({ allow: ['*'], deny: ['evil.*', 'e?il.org'] })
      assert.ok(allowed(known, 'good.example'))
      assert.ok(!allowed(known, 'evil.example:8448'))
      assert.ok(!allowed(known, 'EVIL.example'))
      assert.ok(!allowed(known, 'exil.org'))
      assert.ok(allowed(known, 'very.evil.example'))
      await set({ allow: ['*'], allow_ip_literals: false })
      assert.ok(!allowed(known, '127.0.0.1:8448'))
      assert.ok(!allowed(known, '[::1]'))
      assert.ok(allowed(known, 'good.example'))
      await set({ allow: [] })
      assert.ok(!allowed(known, 'good.example'))
    }))

  it('is judged by pattern in reasonable time', () =>
    Bench.with(async (bench) => {
      const one = await bench.peer()
      const room = await one.createRoom({
        initialState: [
          {
            type: 'm.room.server_acl',
            state_key: '',
            content: { allow: [`${'*a'.repeat(50)}b`] },
          },
        ],
      })
      const known = one.server.rooms.get(room.id)
      assert.ok(known !== undefined)
      assert.ok(!allowed(known, 'a'.repeat(250)))
    }))

  it('shows redacted what was said before a server joined, where the room wants it so', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const room = await one.createRoom({
        initialState: [
          {
            type: 'm.room.history_visibility',
            state_key: '',
            content: { history_visibility: 'joined' },
          },
        ],
      })
      const [before] = await one.send(room, text('secret'))
      await two.join(room, one)
      const [after] = await one.send(room, text('open'))
      await two.sees(room, [after])

      const seen = await two.timeline(room)

      assert.ok(!seen.some(({ event_id }) => event_id === before))
      assert.deepEqual(two.event(before)?.pdu.content, {})
      assert.deepEqual(two.event(after)?.pdu.content['body'], 'open')
    }))
})
