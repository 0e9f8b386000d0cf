import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import { describe, it } from 'mocha'
import { Addresses } from './addresses.ts'
import { placeOf } from './destination.ts'

describe('addresses', () => {
  it('are all different, in 127/8, and never 127.0.0.1, a network or a broadcast', () => {
    const addresses = new Addresses({ distinct: true })
    const given = Array.from({ length: 2_000 }, () => addresses.next())
    assert.equal(new Set(given).size, given.length)
    for (const address of given) {
      assert.ok(isIPv4(address), address)
      assert.match(address, /^127\.[1-9]\d*\.\d+\.[1-9]\d*$/)
      assert.doesNotMatch(address, /^127\.255|\.255$/)
    }
  })

  it('go round at the end', () => {
    const addresses = new Addresses({ distinct: true, first: 254 * 256 * 254 - 1 })
    assert.equal(addresses.next(), '127.254.255.254')
    assert.equal(addresses.next(), '127.1.0.1')
  })

  it('are one where the system has but one', () => {
    const addresses = new Addresses({ distinct: false })
    assert.deepEqual([addresses.next(), addresses.next()], ['127.0.0.1', '127.0.0.1'])
  })

  it('come with ports for names of which each stands for one server', () => {
    const some = new Addresses()
    const given = Array.from({ length: 15_000 }, () => some.nextPort())
    assert.equal(new Set(given).size, given.length)
    assert.ok(given.every((port) => port > 1_024 && port < 32_768))
    assert.equal(some.nextPort(), given[0])
  })

  it('are tried on this system', async () => {
    const { distinct } = await Addresses.detect()
    if (process.platform === 'linux') assert.ok(distinct)
  })
})

describe('destinations', () => {
  it('are IP literals and names with a port', () => {
    assert.deepEqual(placeOf('127.1.2.3:8008'), { host: '127.1.2.3', port: 8008 })
    assert.deepEqual(placeOf('127.1.2.3'), { host: '127.1.2.3', port: 8448 })
    assert.deepEqual(placeOf('[::1]:80'), { host: '::1', port: 80 })
    assert.deepEqual(placeOf('[::1]'), { host: '::1', port: 8448 })
    assert.deepEqual(placeOf('localhost:1'), { host: 'localhost', port: 1 })
    for (const name of ['', 'a.example', 'a:0', 'a:65536', 'a:b', '::1', '[a]:1', 'a:1:2', ':1']) {
      assert.equal(placeOf(name), undefined, name)
    }
  })
})
