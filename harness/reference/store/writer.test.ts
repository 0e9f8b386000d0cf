import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describe, it } from 'mocha'
import { StoreError } from './store-error.ts'
import { lastBatch, Writer } from './writer.ts'

async function onDatabase(story: (database: ClassicLevel) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fedcheck-writer-'))
  const database = new ClassicLevel(folder)
  try {
    await database.open()
    await story(database)
  } finally {
    await database.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const writerOn = async (database: ClassicLevel) => new Writer(database, await lastBatch(database))

describe('a writer', () => {
  it('has what it was told at once, and keeps what comes together together', () =>
    onDatabase(async (database) => {
      const writer = await writerOn(database)
      await writer.durable()
      let made = 0
      writer.put('x', () => {
        made += 1
        return `made ${made}`
      })
      writer.put('y', 'first')
      writer.put('y', 'second')
      writer.put('z', 'gone')
      writer.delete('z')
      assert.deepEqual(
        ['x', 'y', 'z'].map((key) => writer.read(key)),
        ['made 1', 'second', undefined],
      )

      await Promise.all([writer.durable(), writer.durable()])

      assert.deepEqual(
        ['x', 'y', 'z'].map((key) => writer.read(key)),
        ['made 2', 'second', undefined],
      )
      assert.equal(await lastBatch(database), 1)
      writer.put('y', 'third')
      const written = writer.durable()
      assert.equal(writer.read('y'), 'third')
      await written
      assert.equal(await lastBatch(database), 2)
    }))

  it('says when it cannot write, and writes it with what comes next', () =>
    onDatabase(async (database) => {
      const writer = await writerOn(database)
      await database.close()
      writer.put('x', 'old')
      writer.put('y', 'kept')
      await assert.rejects(writer.durable(), (error) => {
        assert.ok(error instanceof StoreError)
        return error.code === 'write'
      })
      await database.open()

      writer.put('x', 'new')
      await writer.durable()

      assert.deepEqual([writer.read('x'), writer.read('y')], ['new', 'kept'])
    }))

  it('notices when something is lost or changed', () =>
    onDatabase(async (database) => {
      const writer = await writerOn(database)
      writer.put('x', 'right')
      await writer.durable()
      const stored = (await database.get('x')) ?? ''
      await database.put('x', stored.replace('right', 'wrong'))
      assert.throws(() => writer.read('x'), { code: 'damaged' })
      // As if the batch that took it away had not been written, and a later one had.
      await database.put('b0', '')
      await assert.rejects(lastBatch(database), { code: 'damaged' })
    }))
})
