import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersions } from '../matrix/room-version.ts'
import { checkScenarios, registered, scenario, type Story, SuiteError } from './scenario.ts'
import { variants } from './variants.ts'

const story = (more: Partial<Story> = {}): Story => ({
  id: 'topic-arrives',
  proves: 'seed.S05',
  run: () => Promise.resolve(),
  ...more,
})
const load = (...stories: Story[]) =>
  registered('replication/delivery', async () => {
    for (const one of stories) scenario('a title', one)
  })
const one = async (more: Partial<Story> = {}) => {
  const [found] = await load(story(more))
  assert.ok(found)
  return found
}
const code = (wanted: string) => (error: unknown) =>
  error instanceof SuiteError && error.code === wanted

describe('scenario', () => {
  it('is named after its file', async () => {
    const { id, title, proves } = await one()
    assert.deepEqual(
      [id, title, proves],
      ['replication/delivery/topic-arrives', 'a title', ['seed.S05']],
    )
  })

  it('is refused outside of a suite, and with an id that would not last', async () => {
    assert.throws(() => scenario('a title', story()), code('outside'))
    for (const id of ['', 'Topic', 'a b', 'a/b', 'a--b', '-a', 'a[v11]'])
      await assert.rejects(load(story({ id })), code('id'))
    await assert.rejects(load(story({ proves: [] })), code('story'))
    await assert.rejects(load(story({ seats: [] })), code('story'))
  })

  it('names only peers that it has, as the domain name system does', async () => {
    await one({ peers: 2, names: { peer: 'example.org', peer2: 'a.b.c.d.example.org' } })
    for (const peer of ['', 'Example.org', 'example.org:8448', '127.0.0.1', 'localhost', 'a..org'])
      await assert.rejects(load(story({ names: { peer } })), code('story'))
    await assert.rejects(load(story({ names: { peer2: 'example.org' } })), code('story'))
    await assert.rejects(load(story({ certificates: { peer3: 'a.example.org' } })), code('story'))
  })

  it('is the only one of its name, and proves what there is', async () => {
    const twice = await load(story(), story())
    assert.throws(() => checkScenarios(twice, () => true), code('duplicate'))
    assert.throws(() => checkScenarios(twice.slice(1), () => false), code('requirement'))
    checkScenarios(twice.slice(1), (id) => id === 'seed.S05')
  })

  it('is not registered by a file that failed', async () => {
    await assert.rejects(
      registered('a/b', () => Promise.reject(new SyntaxError('broken'))),
      SyntaxError,
    )
    assert.throws(() => scenario('a title', story()), code('outside'))
  })
})

describe('variants', () => {
  const { v10, v11, v12 } = roomVersions
  const ids = async (more: Partial<Story>) =>
    variants(await one(more), [v10, v11, v12]).map(({ id }) => id.replace(/^.*arrives/, ''))

  it('are room versions and seats, as far as the story varies', async () => {
    assert.deepEqual(await ids({}), ['[v10]', '[v11]', '[v12]'])
    assert.deepEqual(await ids({ seats: ['hs1', 'hs2'], versions: ({ id }) => id !== '11' }), [
      '[v10,hs1]',
      '[v10,hs2]',
      '[v12,hs1]',
      '[v12,hs2]',
    ])
    assert.deepEqual(await ids({ anyVersion: true }), [''])
    assert.deepEqual(await ids({ anyVersion: true, seats: ['hs2'] }), ['[hs2]'])
    assert.deepEqual(await ids({ versions: () => false }), [])
  })

  it('tell a story that depends on no version in the newest that it may', async () => {
    const [check] = variants(await one({ anyVersion: true }), [v10, v11])
    assert.equal(check?.version, v11)
  })
})
