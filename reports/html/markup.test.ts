import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { html, joined, raw } from './markup.ts'

describe('markup', () => {
  it('escapes every value, in text and in attributes', () => {
    const nasty = `</script><img src=x onerror='a()' title="b">&\u0000\u202e`
    const { text } = html`<a title="${nasty}">${nasty}</a>`
    assert.doesNotMatch(text, /<\/script|<img|title="b"|'|\p{Cc}|\p{Cf}/u)
    assert.match(text, /^<a title="&lt;\/script&gt;.*&amp;\\u0000\\u202e">&lt;.*<\/a>$/)
  })

  it('takes markup, numbers, lists, and nothing', () => {
    assert.equal(
      html`${html`<b>${1}</b>`}${['<', undefined, false, [2]]}${raw('<i>')}`.text,
      '<b>1</b>&lt;2<i>',
    )
    assert.equal(html`${joined(['a', 'b'], html`, `)}`.text, 'a, b')
  })
})
