import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Routes } from './routes.ts'

const handle = () => ({})
const other = () => ({})

describe('Routes', () => {
  const routes = new Routes([
    { method: 'GET', path: '/rooms/:roomId/state/:type/:stateKey', handle },
    { method: 'PUT', path: '/rooms/:roomId/state/:type/:stateKey', handle: other },
    { method: 'GET', path: '/profile/me', handle: other },
    { method: 'GET', path: '/profile/:userId', handle },
    { method: 'GET', path: '/_matrix/client/versions', handle },
  ])

  it('takes parameters apart before it unescapes them', () => {
    const found = routes.find('GET', '/_matrix/client/v3/rooms/!a%2Fb:c/state/m.room.member/%40u:c')

    assert.deepEqual(found, {
      handle,
      params: { roomId: '!a/b:c', type: 'm.room.member', stateKey: '@u:c' },
    })
  })

  it('lets a parameter be empty, as in a trailing slash', () => {
    const found = routes.find('PUT', '/_matrix/client/r0/rooms/!a:b/state/m.room.name/')

    assert.deepEqual(found, {
      handle: other,
      params: { roomId: '!a:b', type: 'm.room.name', stateKey: '' },
    })
  })

  it('prefers the first row', () => {
    assert.deepEqual(routes.find('GET', '/_matrix/client/v3/profile/me'), {
      handle: other,
      params: {},
    })
  })

  it('tells a wrong method from an unknown path', () => {
    assert.equal(routes.find('DELETE', '/_matrix/client/versions'), 'other-method')
    for (const path of [
      '/_matrix/client/v3/versions',
      '/_matrix/client/v2/profile/x',
      '/_matrix/client/v3/profile/%zz',
      '/',
    ]) {
      assert.equal(routes.find('GET', path), undefined)
    }
  })
})
