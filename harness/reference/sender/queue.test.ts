import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Event } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { defaultLimits } from '../limits.ts'
import { standardParts } from '../parts.ts'
import { pause, Queue, type SendingParts, type Transaction } from './queue.ts'

const event = (id: string, roomId = '!r'): Event => ({
  id,
  roomId,
  version: roomVersions.v11,
  pdu: {
    type: 't',
    sender: '@a:b',
    content: {},
    prev_events: [],
    auth_events: [],
    depth: 1,
    origin_server_ts: 1,
    hashes: { sha256: '' },
    signatures: {},
  },
})

/** A queue whose transactions the test answers one by one. */
function scene(parts: Partial<SendingParts> = {}) {
  const tries: Transaction[] = []
  let answer: ((arrived: boolean) => void) | undefined
  let tried: (() => void) | undefined
  let count = 0
  const queue = new Queue({
    transmit: (transaction) => {
      tries.push(transaction)
      tried?.()
      return new Promise((resolve) => {
        answer = resolve
      })
    },
    nextId: () => {
      count += 1
      return String(count)
    },
    clock: () => 7,
    parts: { ...standardParts.sending, pause: () => 1, ...parts },
    limits: { ...defaultLimits, queued: 200 },
  })
  const next = async (arrived: boolean) => {
    const before = tries.length
    const again = new Promise<void>((resolve) => {
      tried = resolve
    })
    answer?.(arrived)
    await again
    assert.equal(tries.length, before + 1)
    return tries.at(-1)
  }
  return { queue, tries, next, answer: (arrived: boolean) => answer?.(arrived) }
}

describe('a queue', () => {
  it('has one transaction under way, and repeats it with the same id until it arrives', async () => {
    const { queue, tries, next } = scene()
    queue.add(event('$1'))
    queue.add(event('$2'))

    assert.equal(tries.length, 1)
    const again = await next(false)
    assert.deepEqual(again, tries[0])
    const second = await next(true)

    assert.deepEqual(
      second?.pdus.map(({ id }) => id),
      ['$2'],
    )
    assert.notEqual(second?.id, again?.id)
    queue.stop()
  })

  it('fills transactions up to the limits', async () => {
    const { queue, next } = scene()
    queue.add(event('$first'))
    for (let count = 0; count < 60; count += 1) queue.add(event(`$${count}`))
    for (let count = 0; count < 120; count += 1) queue.addEdu({ count })

    const full = await next(true)
    const rest = await next(true)

    assert.deepEqual([full?.pdus.length, full?.edus.length], [50, 100])
    assert.deepEqual([rest?.pdus.length, rest?.edus.length], [10, 20])
    queue.stop()
  })

  it('does not wait any longer when the other side is heard of', async () => {
    const { queue, next, tries } = scene({ pause: () => 3_600_000 })
    queue.add(event('$1'))
    const again = next(false)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(tries.length, 1)

    queue.wake()
    await again

    assert.equal(tries.length, 2)
    queue.stop()
  })

  it('keeps only the newest of each room when it grows too long', async () => {
    const { queue, next } = scene()
    queue.add(event('$first'))
    for (let count = 0; count < 201; count += 1) queue.add(event(`$${count}`, `!${count % 2}`))

    const rest = await next(true)

    assert.deepEqual(rest?.pdus.map(({ id }) => id).toSorted(), ['$199', '$200'])
    queue.stop()
  })

  it('gives a destination up until it is heard of, where that is its policy', async () => {
    const { queue, tries, answer, next } = scene({ afterFailure: () => 'forget' })
    queue.add(event('$1'))
    queue.add(event('$2'))
    answer(false)
    await new Promise((resolve) => setImmediate(resolve))

    queue.add(event('$3'))
    assert.deepEqual([queue.waiting, tries.length], [0, 1])
    queue.wake()
    queue.add(event('$4'))
    queue.add(event('$5'))
    const last = await next(true)

    assert.deepEqual(
      tries[1]?.pdus.map(({ id }) => id),
      ['$4'],
    )
    assert.deepEqual(
      last?.pdus.map(({ id }) => id),
      ['$5'],
    )
    queue.stop()
  })

  it('pauses for longer after every failure, to a bound, and longer still after an outage', () => {
    const pauses = [1, 2, 3, 4, 5, 60].map((failures) => pause(failures, defaultLimits))
    assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000])
    assert.deepEqual(
      [61, 62, 1_000].map((failures) => pause(failures, defaultLimits)),
      [2_000, 4_000, 30_000],
    )
  })
})
