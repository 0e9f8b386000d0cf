import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Tasks } from './tasks.ts'

describe('tasks', () => {
  it('are torn down in reverse, with what they made', async () => {
    const tasks = new Tasks()
    const told: string[] = []
    const note = (made: string | undefined) => {
      told.push(made ?? 'nothing')
    }
    assert.equal(await tasks.run('first', () => 'one', note), 'one')
    await tasks.run('second', () => Promise.resolve('two'), note)
    await assert.rejects(
      tasks.run('third', () => Promise.reject(new Error('no port')), note),
      /no port/,
    )
    assert.equal(tasks.current, 'third')
    await tasks.close()
    await tasks.close()
    assert.deepEqual(told, ['nothing', 'two', 'one'])
  })

  it('are torn down though they are still being set up', async () => {
    const tasks = new Tasks()
    const told: string[] = []
    const ready: { go?: () => void } = {}
    const setup = new Promise<string>((resolve) => {
      ready.go = () => resolve('late')
    })
    const running = tasks.run(
      'slow',
      () => setup,
      (made) => {
        told.push(made ?? 'nothing')
      },
    )
    const closing = tasks.close()
    ready.go?.()
    await Promise.all([running, closing])
    assert.deepEqual(told, ['late'])
  })

  it('go on where one cannot be torn down, and say so', async () => {
    const tasks = new Tasks()
    let torn = false
    await tasks.run(
      'good',
      () => undefined,
      () => {
        torn = true
      },
    )
    await tasks.run(
      'bad',
      () => undefined,
      () => Promise.reject(new Error('stuck')),
    )
    await tasks.close()
    assert.equal(torn, true)
    assert.deepEqual(tasks.problems, ['bad: Error: stuck'])
  })
})
