import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { oneLine, visible } from './visible.ts'

describe('visible text', () => {
  it('shows what a terminal or a reader would obey', () => {
    assert.equal(visible('\u001b[2J\u0007'), '\\u001b[2J\\u0007')
    assert.equal(visible('a\u202egpj.exe\u2066\ufeff'), 'a\\u202egpj.exe\\u2066\\ufeff')
    assert.equal(visible('\ud800 \udfff'), '\\ud800 \\udfff')
    assert.equal(visible('\u{e0041}\r'), '\\u{e0041}\\u000d')
  })

  it('leaves everything else, on its lines', () => {
    assert.equal(visible('schön 漢字 🎉\n\tzwei'), 'schön 漢字 🎉\n\tzwei')
    assert.equal(oneLine('eins \n\t zwei\r\ndrei'), 'eins zwei drei')
  })
})
