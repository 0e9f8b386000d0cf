import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { isWellTyped } from './test-page-script.ts'
import { script } from './script.ts'
import { style } from './style.ts'

describe('the page’s script', () => {
  it('has the types that its comments claim', () => {
    isWellTyped(script)
  })

  it('holds nothing that would end its element, and neither does the style', () => {
    assert.doesNotMatch(script, /<\/script|<!--/i)
    assert.doesNotMatch(style, /<\/style/i)
  })
})
