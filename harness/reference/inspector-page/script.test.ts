import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { isWellTyped } from '../../../reports/html/test-page-script.ts'
import { script } from './browser/script.ts'
import { style } from './browser/style.ts'

describe('the script of the inspector page', () => {
  it('has the types that its comments claim', () => {
    isWellTyped(script)
  })

  it('makes no markup of what it hears, and holds nothing that would end its element', () => {
    assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacent|document\.write|eval\(/)
    assert.doesNotMatch(script, /<\/script|<!--/i)
    assert.doesNotMatch(style, /<\/style/i)
  })
})
