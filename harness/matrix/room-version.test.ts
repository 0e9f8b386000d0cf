import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { roomVersion, roomVersions, supportedVersions } from './room-version.ts'

describe('room versions', () => {
  it('are found by id and by nothing else', () => {
    assert.deepEqual(supportedVersions, ['10', '11', '12'])
    assert.equal(roomVersion('11'), roomVersions.v11)
    for (const id of ['', '9', '13', '011', '__proto__', 'constructor']) {
      assert.equal(roomVersion(id), undefined)
    }
  })

  it('name every change from 10 to 11', () => {
    const { v10, v11 } = roomVersions
    assert.deepEqual(
      [...v10.redaction.topLevel].filter((key) => !v11.redaction.topLevel.has(key)),
      ['prev_state', 'origin', 'membership'],
    )
    assert.deepEqual(v11, {
      ...v10,
      id: '11',
      creatorInContent: false,
      redactsInContent: true,
      redaction: v11.redaction,
    })
  })

  it('name every change from 11 to 12', () => {
    const { v11, v12 } = roomVersions
    assert.deepEqual(v12, {
      ...v11,
      id: '12',
      roomIdFromCreate: true,
      createInAuthEvents: false,
      privilegedCreators: true,
      stateResolution: 'v2.1',
    })
  })
})
