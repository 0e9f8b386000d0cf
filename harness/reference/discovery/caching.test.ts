import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { DiscoveryError } from './discovery-error.ts'
import { Internet } from './test-internet.ts'

const hour = 3_600_000

describe('the memory of discovery', () => {
  let internet: Internet
  beforeEach(async () => {
    internet = await Internet.open()
  })
  afterEach(() => internet.close())

  it('keeps a delegation as long as it says, two days at the most and a day by default', async () => {
    const date = new Date(internet.now).toUTCString()
    const expires = new Date(internet.now + 2 * hour).toUTCString()
    const lifetimes: readonly (readonly [Record<string, string>, number])[] = [
      [{}, 24 * hour],
      [{ 'cache-control': 'public, max-age=7200' }, 2 * hour],
      [{ 'cache-control': 'max-age=7200', age: '3600' }, hour],
      [{ 'cache-control': 'max-age=999999999' }, 48 * hour],
      [{ 'cache-control': 'no-store' }, 60_000],
      [{ 'cache-control': 'max-age=0', expires }, 60_000],
      [{ expires, date }, 2 * hour],
      [{ expires: '0', date }, 60_000],
      [{ 'cache-control': 'private' }, 24 * hour],
    ]
    for (const [index, [headers, lifetime]] of lifetimes.entries()) {
      const name = `c${index}.test`
      await internet.delegates(name, 'd.test:9', { date, ...headers })
      const discovery = internet.discovery()
      const asked = async (at: number) => {
        const before = internet.asked.length
        internet.now = at
        await discovery.find(name)
        return internet.asked.length - before
      }
      const begin = Date.parse(date)
      const what = JSON.stringify(headers)
      assert.equal(await asked(begin), 1, what)
      assert.equal(await asked(begin + lifetime - 1), 0, what)
      assert.equal(await asked(begin + lifetime), 1, what)
    }
  })

  it('remembers that there was no delegation, longer each time, up to an hour, and begins anew after one', async () => {
    let fails = true
    await internet.site('a.test', (_, response) => {
      if (fails) response.writeHead(404).end()
      else response.end('{"m.server":"d.test:9"}')
    })
    const discovery = internet.discovery()
    const kept: number[] = []
    const until = async (count: number) => {
      const begin = internet.now
      while (internet.asked.filter((one) => one.startsWith('a.test')).length < count) {
        internet.now += 60_000
        await discovery.find('a.test')
      }
      kept.push((internet.now - begin) / 60_000)
    }
    await discovery.find('a.test')
    for (let count = 2; count <= 9; count += 1) await until(count)
    assert.deepEqual(kept, [1, 2, 4, 8, 16, 32, 60, 60])

    fails = false
    await until(10)
    fails = true
    internet.now += 24 * hour
    await discovery.find('a.test')
    kept.length = 0
    await until(12)
    assert.deepEqual(kept, [1])
  })

  it('searches once for all who ask at the same time', async () => {
    await internet.delegates('a.test', 'd.test')
    const discovery = internet.discovery()
    const places = await Promise.all(Array.from({ length: 50 }, () => discovery.find('a.test')))
    assert.equal(new Set(places).size, 1)
    assert.equal(internet.asked.length, 3)
  })

  it('bounds how many names are looked for at once', async () => {
    await internet.site('a.test', () => {})
    const discovery = internet.discovery({ searches: 1, waiting: 1, pageMs: 50 })
    const [, , third] = await Promise.allSettled(
      ['a.test', 'b.test', 'c.test'].map((name) => discovery.find(name)),
    )
    assert.ok(third?.status === 'rejected' && third.reason instanceof DiscoveryError)
    assert.equal(third.reason.problem, 'busy')
    assert.equal((await discovery.find('c.test')).port, 8448)
  })
})
