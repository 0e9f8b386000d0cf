import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Inconclusive, Nonconformance, Refused } from '../world/errors.ts'
import { control, eventually } from './eventually.ts'
import { onStage, type Stage } from './stage.ts'

class World implements Stage {
  readonly check = 'a/b/c'
  readonly patience: number
  readonly #listeners = new Set<() => void>()
  readonly #given = new AbortController()
  readonly signal = this.#given.signal

  constructor(patience: number) {
    this.patience = patience
  }

  get listeners() {
    return this.#listeners.size
  }

  onChange(listener: () => void) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  strayed() {
    return false
  }

  change() {
    for (const listener of this.#listeners) listener()
  }

  giveUp() {
    this.#given.abort()
  }
}

const refuse = (message: string): never => {
  throw new Nonconformance(message, { expected: 'peace', exchanges: [7] })
}

describe('eventually', () => {
  it('answers what the check answers, once it holds', async () => {
    const world = new World(60_000)
    let looks = 0
    const answer = await onStage(world, () =>
      eventually(() => {
        looks += 1
        return looks < 3 ? refuse(`look ${looks}`) : 'there'
      }),
    )
    assert.deepEqual([answer, looks, world.listeners], ['there', 3, 0])
  })

  it('looks again when something happens, long before the pause is over', async () => {
    const world = new World(60_000)
    let holds = false
    let looks = 0
    const found = onStage(world, () =>
      eventually(() => {
        looks += 1
        if (looks === 6) {
          // Pauses have grown to a quarter of a second: only the change can be this quick.
          setImmediate(() => {
            holds = true
            world.change()
          })
        }
        return holds ? performance.now() : refuse('not yet')
      }),
    )
    await found
    assert.equal(looks, 7)
  })

  it('throws the last complaint with its evidence, named', async () => {
    let looks = 0
    const world = new World(60)
    await assert.rejects(
      onStage(world, () =>
        eventually(() => {
          looks += 1
          return refuse(`look ${looks}`)
        }, 'the topic arrives'),
      ),
      (error) =>
        error instanceof Nonconformance &&
        error.message === `the topic arrives: look ${looks}` &&
        error.expected === 'peace' &&
        error.exchanges[0] === 7,
    )
  })

  it('waits out a refusal too, but nothing else', async () => {
    const world = new World(1)
    await assert.rejects(
      onStage(world, () =>
        eventually(() => Promise.reject(new Refused(403, 'M_FORBIDDEN', 'state'))),
      ),
      Refused,
    )
    await assert.rejects(
      onStage(new World(60_000), () => eventually(() => Promise.reject(new TypeError('ours')))),
      TypeError,
    )
  })

  it('ends at once when the check is given up', async () => {
    const world = new World(60_000)
    const waiting = onStage(world, () => eventually(() => refuse('never')))
    setImmediate(() => world.giveUp())
    await assert.rejects(waiting, Nonconformance)
    assert.equal(world.listeners, 0)
  })
})

describe('control', () => {
  it('makes a failed precondition inconclusive', async () => {
    const world = new World(1)
    await assert.rejects(
      onStage(world, () => control(() => refuse('no fence'), 'the fence')),
      (error) => error instanceof Inconclusive && error.message === 'the fence failed: no fence',
    )
    assert.equal(await onStage(world, () => control(() => 5)), 5)
  })
})
