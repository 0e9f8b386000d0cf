import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Event } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { defaultLimits } from '../limits.ts'
import { standardParts } from '../parts.ts'
import { MemoryStore, type Store } from '../store/store.ts'
import { pause } from './backoff.ts'
import { Queue } from './queue.ts'
import type { SendingParts } from './queue-setup.ts'
import { Shelves } from './shelf.ts'
import type { Result, Transaction } from './transaction.ts'

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

const resultOf = (result: Result | boolean): Result =>
  typeof result === 'boolean' ? (result ? 'arrived' : {}) : result

const ids = (transaction: Transaction | undefined) => transaction?.pdus.map(({ id }) => id)

/** A queue whose transactions the test answers one by one. */
function scene(parts: Partial<SendingParts> = {}, store: Store = new MemoryStore()) {
  const tries: Transaction[] = []
  const told: string[] = []
  let answer: ((result: Result) => void) | undefined
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
    random: () => 1,
    shelf: new Shelves(store).of('other'),
    tell: (what) => told.push(what),
    parts: { ...standardParts.sending, pause: () => 1, ...parts },
    limits: { ...defaultLimits, queued: 200, queuedToDevices: 300 },
  })
  const next = async (result: Result | boolean) => {
    const before = tries.length
    const again = new Promise<void>((resolve) => {
      tried = resolve
    })
    answer?.(resultOf(result))
    await again
    assert.equal(tries.length, before + 1)
    return tries.at(-1)
  }
  return {
    queue,
    tries,
    told,
    next,
    answer: (result: Result | boolean) => answer?.(resultOf(result)),
  }
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

  it('goes on after a restart with what had been tried, then with what waits', async () => {
    const store = new MemoryStore()
    const all = ['$1', '$2', '$3'].map((id) => event(id))
    for (const one of all) store.put({ event: one, standing: 'accepted' })
    const before = scene({}, store)
    for (const one of all) before.queue.add(one)
    before.queue.addEdu({ edu_type: 'kept' }, { keep: 'always' })
    before.queue.addEdu({ edu_type: 'typing' }, { keep: 'latest' })
    before.queue.stop()

    const after = scene({}, store)
    after.queue.resume()

    assert.deepEqual(after.tries, before.tries)
    assert.equal(after.queue.waiting, 3)
    const second = await after.next(true)
    assert.deepEqual(ids(second), ['$2', '$3'])
    assert.deepEqual(second?.edus, [{ edu_type: 'kept' }])
    after.queue.stop()
  })

  it('never drops what is to be kept always, and has the latest only once', async () => {
    const { queue, next } = scene()
    queue.add(event('$first'))
    for (let count = 0; count < 250; count += 1) {
      queue.addEdu({ kept: count }, { keep: 'always' })
      queue.addEdu({ typing: count }, { keep: 'latest', key: 'typing' })
      queue.addEdu({ loose: count }, { keep: 'latest' })
      queue.addEdu({ list: count }, { keep: 'always', key: 'list' })
    }
    const edus: unknown[] = []
    for (let count = 0; count < 5; count += 1) edus.push(...((await next(true))?.edus ?? []))

    const kept = Array.from({ length: 250 }, (_, count) => ({ kept: count }))
    assert.deepEqual(edus.slice(0, 251), [...kept, { list: 249 }])
    assert.equal(edus.length, 251 + 200)
    assert.deepEqual(
      edus.filter((edu) => JSON.stringify(edu).includes('typing')),
      [{ typing: 249 }],
    )
    queue.stop()
  })

  it('keeps no more for devices of a server that is gone than it is allowed', async () => {
    const { queue, next } = scene()
    queue.add(event('$first'))
    for (let count = 0; count < 310; count += 1) queue.addEdu({ kept: count }, { keep: 'always' })
    const edus: unknown[] = []
    for (let count = 0; count < 3; count += 1) edus.push(...((await next(true))?.edus ?? []))

    assert.deepEqual([edus.length, edus[0], edus.at(-1)], [300, { kept: 10 }, { kept: 309 }])
    queue.stop()
  })

  it('is held to the pause that the destination asks for, even when that is heard of', async () => {
    const { queue, next, tries } = scene({ pause: () => 3_600_000 })
    queue.add(event('$1'))
    const began = performance.now()
    const again = next({ status: 429, retryAfterMs: 50 })
    await new Promise((resolve) => setImmediate(resolve))
    queue.wake()
    await again

    assert.equal(tries.length, 2)
    assert.ok(performance.now() - began > 40)
    queue.stop()
  })
})

const contentOf = ({ pdus, edus }: Transaction) => [
  ...pdus.map(({ id }) => id),
  ...edus.map(() => 'edu'),
]

/** Answers 400 to whatever holds the event, until that is given up or `most` transactions have been tried. */
async function refusing(poison: string, most: number) {
  const one = scene()
  one.queue.add(event('$first'))
  for (const id of ['$1', '$2', '$3', '$4']) one.queue.add(event(id))
  one.queue.addEdu({ edu_type: 'x' }, { keep: 'always' })
  const arrived: string[] = []
  while (one.tries.length < most && one.told.length === 0) {
    const tried = one.tries.length
    const content = one.tries.slice(-1).flatMap(contentOf)
    const isBad = poison === '*' || content.includes(poison)
    if (!isBad) arrived.push(...content)
    one.answer(isBad ? { status: 400 } : true)
    while (one.tries.length === tried && one.told.length === 0)
      await new Promise((resolve) => setImmediate(resolve))
    if (tried === 10) one.queue.add(event('$later'))
  }
  one.queue.stop()
  return { ...one, arrived }
}

describe('a transaction that is refused', () => {
  it('is taken apart, and what alone is refused is given up', async () => {
    const { tries, arrived, told } = await refusing('$2', 100)

    assert.deepEqual(arrived.toSorted(), ['$1', '$3', '$4', '$first', '$later', 'edu'])
    assert.equal(new Set(tries.slice(1, 6).map(({ id }) => id)).size, 1)
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /^\$2 is given up/)
  })

  it('is kept as long as everything is refused', async () => {
    const { queue, arrived, told } = await refusing('*', 40)

    assert.deepEqual([arrived, told], [[], []])
    assert.equal(queue.waiting, 6, 'five at first, and one later')
  })

  it('is not, where the answer says nothing of it', async () => {
    const { queue, tries, next } = scene()
    queue.add(event('$first'))
    for (const id of ['$1', '$2']) queue.add(event(id))
    await next(true)
    for (let count = 0; count < 12; count += 1) await next({ status: count % 2 ? 503 : 403 })

    assert.equal(new Set(tries.slice(1).map(({ id }) => id)).size, 1)
    queue.stop()
  })
})
