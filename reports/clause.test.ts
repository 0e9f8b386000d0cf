import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { requirements } from '../fixtures/requirements/index.ts'
import { clauseAddress } from './clause.ts'

describe('the address of a clause', () => {
  it('is a page of the specification in the version of the run', () => {
    assert.equal(
      clauseAddress('server-server-api#transactions', 'v1.19'),
      'https://spec.matrix.org/v1.19/server-server-api/#transactions',
    )
    assert.equal(
      clauseAddress('server-server-api/#put_x', 'Matrix v1.20'),
      'https://spec.matrix.org/v1.20/server-server-api/#put_x',
    )
    assert.equal(
      clauseAddress('rooms/v11#authorisation-rules rule 4', 'v1.19'),
      'https://spec.matrix.org/v1.19/rooms/v11/#authorisation-rules',
    )
    assert.equal(
      clauseAddress('index#timestamps', 'v1.19'),
      'https://spec.matrix.org/v1.19/#timestamps',
    )
  })

  it('is the draft for a statement of a draft, and none for what names no page', () => {
    assert.equal(
      clauseAddress('draft-ralston-mimi-matrix-framework#overall-model', 'v1.19'),
      'https://datatracker.ietf.org/doc/html/draft-ralston-mimi-matrix-framework',
    )
    assert.equal(clauseAddress('javascript:alert(1)', 'v1.19'), undefined)
    assert.equal(clauseAddress('', 'v1.19'), undefined)
  })

  it('is there for every requirement', () => {
    for (const [id, { at }] of Object.entries(requirements)) {
      assert.match(
        String(clauseAddress(at, 'v1.19')),
        /^https:\/\/[\w.]+\/[\w./#()%-]*$/,
        `${id}: ${at}`,
      )
    }
  })
})
