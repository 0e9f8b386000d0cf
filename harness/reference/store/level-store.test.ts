import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Event } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { stateKey, type StateMap } from '../../matrix/state-key.ts'
import { seededRandom } from '../random.ts'
import { sameState, stateWith } from '../rooms/state.ts'
import { LevelStore } from './level-store.ts'
import { isPlaced, type Node, type Placed } from './store.ts'
import { StoreError, type StoreErrorCode } from './store-error.ts'

async function inFolder(story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fedcheck-store-'))
  try {
    await story(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Opens the store, has something done with it and closes it again. */
async function using<T>(folder: string, deed: (store: LevelStore) => T | Promise<T>): Promise<T> {
  const store = await LevelStore.open(folder)
  try {
    return await deed(store)
  } finally {
    await store.close()
  }
}

const event = (id: string, state_key?: string, parents: readonly string[] = []): Event => ({
  id,
  roomId: '!r',
  version: roomVersions.v11,
  pdu: {
    type: 't',
    sender: '@a:b',
    content: { id },
    prev_events: parents,
    auth_events: [],
    depth: parents.length,
    origin_server_ts: 1,
    hashes: { sha256: '' },
    signatures: {},
    ...(state_key === undefined ? {} : { state_key }),
  },
})

const outlier = (id: string): Node => ({ event: event(id), standing: 'accepted' })
const after = (parent: Placed | undefined, id: string, key?: string): Placed => {
  const one = event(id, key, parent === undefined ? [] : [parent.event.id])
  const before = parent?.after ?? new Map<string, string>()
  return { event: one, standing: 'accepted', before, after: stateWith(before, one) }
}

/** States may be the same and be made differently. */
const plain = (node: Node | undefined) => ({
  ...node,
  before: node?.before && new Map(node.before),
  after: node?.after && new Map(node.after),
})

const refusedAs = (code: StoreErrorCode) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error))
  assert.equal(error.code, code, error.message)
  return true
}

/** Everything in a folder, by name. */
async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const read = files.map(async (file) => [file, await readFile(file, 'latin1')] as const)
  return new Map(await Promise.all(read))
}

describe('a store in a folder', () => {
  it('has what was put, and after a restart too', () =>
    inFolder(async (folder) => {
      const first = after(undefined, '$1', 'a')
      const second: Placed = { ...after(first, '$2'), isTold: true }
      const refused: Node = {
        ...outlier('$3'),
        standing: 'rejected',
        refusal: { rule: 'r', message: 'no' },
      }
      const check = (store: LevelStore) => {
        for (const node of [first, second, refused])
          assert.deepEqual(plain(store.get(node.event.id)), plain(node))
        assert.equal(store.get('$4'), undefined)
        assert.deepEqual(store.table('t').get('key'), { deep: [1] })
        assert.equal(store.table('t').get('gone'), undefined)
        assert.equal(store.table('other').get('key'), undefined)
      }
      await using(folder, async (store) => {
        for (const node of [first, second, refused]) store.put(node)
        store.table('t').set('key', { deep: [1] })
        store.table('t').set('gone', 1)
        await store.durable()
        store.table('t').delete('gone')
        check(store)
      })
      await using(folder, check)
      await using(folder, check)
    }))

  it('tells what it has in the order in which it was placed', () =>
    inFolder(async (folder) => {
      const [early, late] = [after(undefined, '$early', 'a'), after(undefined, '$late', 'b')]
      await using(folder, async (store) => {
        store.put(outlier('$late'))
        await store.durable()
        store.put(early, true)
        store.show('$early', { arrival: 'new', position: 7, isShown: true, state: 1 })
        await store.durable()
        store.put(late)
        store.put({ ...early, event: event('$early', 'redacted') })
      })
      await using(folder, (store) => {
        const base = { roomId: '!r', time: 1, depth: 0, isPlaced: true }
        const told = [...store.kept()].map(({ eventId, isEdge, appearance, ...rest }) => {
          assert.deepEqual({ ...base, ...rest }, { ...rest, ...base })
          return [eventId, isEdge, appearance?.position]
        })
        assert.deepEqual(told, [
          ['$early', true, 7],
          ['$late', false, undefined],
        ])
        assert.equal(store.get('$early')?.event.pdu.state_key, 'redacted')
      })
    }))

  it('has states as they were, whatever they came from', () =>
    inFolder(async (folder) => {
      const random = seededRandom(5)
      const placed: Placed[] = []
      await using(folder, async (store) => {
        for (let count = 0; count < 1_500; count += 1) {
          const parent = placed[Math.floor(placed.length * (1 - random() ** 3))]
          const node = after(parent, `$${count}`, String(Math.floor(random() * 200)))
          placed.push(node)
          store.put(node)
          if (count % 400 === 0) await store.durable()
        }
      })
      await using(folder, (store) => {
        for (const node of placed.toSorted(() => random() - 0.5)) {
          const kept = store.get(node.event.id)
          assert.ok(isPlaced(kept))
          assert.ok(sameState(kept.before, node.before) && sameState(kept.after, node.after))
        }
        const [one] = [...store.kept()].slice(-1)
        const state = store.get(one?.eventId ?? '')?.after
        assert.ok(state !== undefined && state === store.get(one?.eventId ?? '')?.after)
      })
    }))

  it('tells a state that lacks something from the one before', () =>
    inFolder(async (folder) => {
      const full: StateMap = new Map([
        [stateKey('t', 'a'), '$1'],
        [stateKey('t', 'b'), '$2'],
      ])
      const less: StateMap = new Map([[stateKey('t', 'a'), '$3']])
      const numbers = await using(folder, (store) => {
        const number = store.numberOf(full)
        return [number, store.numberOf(less, full), store.numberOf(new Map(full), full)]
      })
      assert.equal(numbers[2], numbers[0])
      await using(folder, (store) => {
        assert.deepEqual(new Map(store.state(numbers[0] ?? 0)), full)
        assert.deepEqual(new Map(store.state(numbers[1] ?? 0)), less)
        assert.throws(() => store.state(1_000), refusedAs('damaged'))
      })
    }))

  it('is for one at a time', () =>
    inFolder(async (folder) => {
      await using(folder, async (store) => {
        store.table('t').set('a', 1)
        await assert.rejects(LevelStore.open(folder), refusedAs('locked'))
        await store.durable()
      })
      await using(folder, (store) => assert.equal(store.table('t').get('a'), 1))
    }))

  it('leaves alone what is not its own', () =>
    inFolder(async (folder) => {
      const cases: readonly (readonly [StoreErrorCode, string, string])[] = [
        ['foreign', 'notes.txt', 'mine'],
        ['foreign', 'fedcheck.json', '{"kind":"something else","format":2}'],
        ['damaged', 'fedcheck.json', '{"kind":'],
        ['version', 'fedcheck.json', '{"kind":"fedcheck reference homeserver","format":1}'],
      ]
      for (const [index, [code, name, text]] of cases.entries()) {
        const place = join(folder, String(index))
        await mkdir(place)
        await writeFile(join(place, name), text)
        const before = await contents(place)
        await assert.rejects(LevelStore.open(place), refusedAs(code))
        assert.deepEqual(await contents(place), before)
      }
      const file = join(folder, 'file')
      await writeFile(file, '')
      await assert.rejects(LevelStore.open(file), refusedAs('unusable'))
    }))
})

/** A store with a hundred events, in its files a change. */
const damaged = (change: (folder: string, files: readonly string[]) => Promise<void>) =>
  inFolder(async (folder) => {
    await using(folder, (store) => {
      let last: Placed | undefined
      for (let count = 0; count < 100; count += 1) {
        last = after(last, `$${count}`, count % 3 === 0 ? String(count) : undefined)
        store.put(last)
      }
      store.table('t').set('a', 'b')
    })
    // Opened once more, what was a log is a table.
    await using(folder, (store) => store.table('t').get('a'))
    await change(join(folder, 'level'), await readdir(join(folder, 'level')))
    await assert.rejects(
      using(folder, (store) => {
        for (const { eventId } of store.kept()) store.get(eventId)
      }),
      refusedAs('damaged'),
    )
  })

describe('a damaged store', () => {
  it('is told from an empty one', () => damaged((folder) => rm(join(folder, 'CURRENT'))))

  it('is noticed where a file is missing', () =>
    damaged(async (folder, files) => {
      for (const file of files) if (file.endsWith('.ldb')) await rm(join(folder, file))
    }))

  it('is noticed where a file is cut short or holds garbage', async () => {
    for (const name of ['CURRENT', 'MANIFEST', '.ldb'])
      await damaged(async (folder, files) => {
        for (const file of files.filter((one) => one.includes(name)))
          await writeFile(join(folder, file), (await readFile(join(folder, file))).subarray(0, 10))
      })
  })

  it('is noticed where one letter is another', () =>
    damaged(async (folder, files) => {
      for (const file of files.filter((one) => one.endsWith('.ldb'))) {
        const bytes = await readFile(join(folder, file))
        const at = bytes.indexOf('"content":{"id":"$50"}')
        if (at > 0) bytes[at + 2] = 'k'.charCodeAt(0)
        await writeFile(join(folder, file), bytes)
      }
    }))
})
