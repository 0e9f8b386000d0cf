import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../../matrix/room-version.ts'
import { stateKey } from '../../matrix/state-key.ts'
import { emptyState, sameState, stateWith } from './state.ts'

const event = (id: string, type: string, state_key?: string) => ({
  id,
  roomId: '!r',
  version: roomVersions.v11,
  pdu: {
    type,
    sender: '@a:b',
    content: {},
    prev_events: [],
    auth_events: [],
    depth: 1,
    origin_server_ts: 1,
    hashes: { sha256: '' },
    signatures: {},
    ...(state_key === undefined ? {} : { state_key }),
  },
})

describe('room state', () => {
  it('is as a map would be, however many changes pile up', () => {
    let state = emptyState
    const plain = new Map<string, string>()
    for (let count = 0; count < 500; count += 1) {
      const key = String(count % 130)
      state = stateWith(state, event(`$${count}`, 't', key))
      plain.set(stateKey('t', key), `$${count}`)
      assert.equal(state.size, plain.size)
    }
    assert.ok(sameState(state, plain))
    assert.deepEqual(new Map(state), plain)
    assert.equal([...state.keys()].length, 130)
    const seen: string[] = []
    // oxlint-disable-next-line unicorn/no-array-for-each -- it is what is tested
    state.forEach((id, key, map) => seen.push(id, map.get(key) ?? ''))
    assert.equal(seen.length, 260)
    assert.equal(state.has(stateKey('t', '7')), true)
    assert.equal(state.get(stateKey('t', '131')), undefined)
  })

  it('leaves the state that it came from as it was, and shares it where nothing changes', () => {
    const one = stateWith(emptyState, event('$1', 't', ''))
    const two = stateWith(one, event('$2', 't', ''))

    assert.equal(one.get(stateKey('t', '')), '$1')
    assert.equal(two.get(stateKey('t', '')), '$2')
    assert.equal(stateWith(two, event('$3', 't')), two)
    assert.equal(stateWith(two, event('$2', 't', '')), two)
    assert.ok(!sameState(one, two))
  })
})
