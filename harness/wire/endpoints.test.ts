import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { operationNamed, operationOf, operations, uriOf } from './endpoints.ts'

const name = (uri: string) => operationOf('GET', uri)?.operation.name

const awkward = '!a/b?c#d%e+é:h.example:8448'

describe('endpoints', () => {
  it('are the 36 operations, each under its own name', () => {
    assert.equal(Object.keys(operations).length, 36)
    for (const [key, operation] of Object.entries(operations)) {
      assert.equal(operation.name, key)
      assert.equal(operationNamed(key), operation)
    }
    const open = Object.values(operations).filter(({ signed }) => !signed)
    assert.deepEqual(open.map((operation) => operation.name).toSorted(), [
      'onBind',
      'openidUserinfo',
      'queryKeys',
      'queryKeysBatch',
      'serverKeys',
      'version',
      'wellKnown',
    ])
  })

  it('are found again from their own uri, whatever the parameters hold', () => {
    for (const operation of Object.values(operations)) {
      const names = [...operation.path.matchAll(/:(\w+)/g)].map(([, one = '']) => one)
      const params = Object.fromEntries(names.map((one) => [one, awkward]))
      const uri = uriOf(operation, params, { v: ['$1', '$&2'], limit: '10' })
      assert.match(uri, /\?v=%241&v=%24%262&limit=10$/)
      assert.deepEqual(operationOf(operation.method, uri), { operation, params })
    }
  })

  it('escape path parameters into one segment', () => {
    assert.equal(uriOf('event', { eventId: '$a/b' }), '/_matrix/federation/v1/event/%24a%2Fb')
    assert.throws(() => uriOf('event'), /event needs the path parameter eventId/)
  })

  it('tell named queries from the generic one', () => {
    assert.equal(name('/_matrix/federation/v1/query/profile?user_id=@a:b'), 'profile')
    assert.equal(name('/_matrix/federation/v1/query/directory'), 'directory')
    assert.equal(name('/_matrix/federation/v1/query/other'), 'query')
  })

  it('are nothing else', () => {
    const odd = [
      ['GET', '/_matrix/federation/v1/send/1'],
      ['PUT', '/_matrix/federation/v1/send/1/2'],
      ['PUT', '/_matrix/federation/v1/send/'],
      ['PUT', '/_matrix/federation/v1/send/%E0%A4%A'],
      ['GET', '/_matrix/federation/v1/version/'],
      ['GET', '//_matrix/federation/v1/version'],
      ['GET', ''],
      ['get', '/_matrix/federation/v1/version'],
    ] as const
    for (const [method, uri] of odd) assert.equal(operationOf(method, uri), undefined, uri)
    assert.equal(operationNamed('toString'), undefined)
  })
})
