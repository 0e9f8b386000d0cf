import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { before, describe, it } from 'mocha'
import type { Exchange, Fact } from '../../harness/journal/exchange.ts'
import { body } from '../../harness/journal/journal.ts'
import { recordedFacts, recordedResult } from '../test-recorded.ts'
import { BodyBudget } from './dossier.ts'
import { renderPage } from './page.ts'

const result = recordedResult()
let facts: readonly Fact[] = []

const packsOf = (page: string): string[] =>
  [...page.matchAll(/<script type="application\/gzip" id="pack\/\d+">([^<]*)<\/script>/g)].map(
    ([, data = '']) => gunzipSync(Buffer.from(data, 'base64')).toString('utf8'),
  )

/** The recorded facts with another answer in one exchange. */
const answered = (id: number, bytes: Uint8Array, length?: number): Fact[] =>
  facts.map((fact) =>
    fact.kind === 'exchange' && fact.id === id && fact.response !== undefined
      ? { ...fact, response: { ...fact.response, body: body(bytes, length) } }
      : fact,
  )

/** The evidence as it is unpacked, and only the part on one exchange. */
const exchangeOf = (page: string, id: number): string => {
  const [, rest = ''] = packsOf(page).join('').split(`id="exchange/${id}"`)
  return rest.split('</details>')[0] ?? ''
}

describe('the page', () => {
  before(async () => {
    facts = await recordedFacts()
  })

  it('names no address but those of specifications, and forbids every request', () => {
    const page = renderPage(result, facts)
    const all = page + packsOf(page).join('')
    const addresses = new Set(
      [...all.matchAll(/(?:href|src|action)="(?!#)([^"]*)"/g)].map(
        ([, href = '']) => new URL(href).host,
      ),
    )
    assert.deepEqual([...addresses].toSorted(), ['datatracker.ietf.org', 'spec.matrix.org'])
    const markup = all.slice(all.indexOf('<body>'))
    assert.equal(/<(?:link|iframe|object|base|form [^>]*action)/.exec(markup), null)
    assert.equal(/<[a-z]+ (?:[^>"]|"[^"]*")*\b(?:on\w+|style)=/.exec(markup), null)
    assert.match(page, /content="default-src &#39;none&#39;; style-src &#39;sha256-/)
  })

  it('holds every check and requirement in its text, each with a link of its own', () => {
    const page = renderPage(result, facts)
    for (const { id, title } of result.checks) {
      assert.ok(page.includes(`id="check/${id}"`), id)
      assert.ok(page.includes(`href="#check/${id}"`), id)
      assert.ok(page.includes(title), title)
    }
    for (const { id, wording } of result.requirements) {
      assert.ok(page.includes(`<tr id="${id}"`) && page.includes(wording.split("'")[0] ?? ''), id)
    }
    const ids = [...(page + packsOf(page).join('')).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
  })

  it('tells why a state is expected', () => {
    const page = renderPage(result, facts)
    assert.match(page, /<dt>Why<\/dt><dd><ol class="why"><li><span class="says">m\.room\.topic: in/)
    assert.match(page, /\$Mine1Mi… loses: not allowed as 2 of 2 other events/)
    assert.match(page, /m\.room\.name: &lt;b&gt;\$Name1Na…&lt;\/b&gt; was the last to set it/)
    assert.equal(page.split('<dt>Why</dt>').length, 2)
  })

  it('escapes what a target sent', () => {
    const page = renderPage(result, facts)
    const all = page + packsOf(page).join('')
    assert.equal(/<img|<b onmouseover|<i>text/.exec(all), null)
    assert.ok(exchangeOf(page, 5).includes('&lt;/script&gt;&lt;img src=x'))
    assert.equal(page.match(/<script>/g)?.length, 1)
  })

  it('holds no secret, and says that there was one', () => {
    const evidence = packsOf(renderPage(result, facts)).join('')
    assert.equal(/SECRET/.exec(evidence), null)
    assert.match(evidence, /\[redacted: password, 14 characters\]/)
    assert.match(evidence, /authorization:<\/b> Bearer \[redacted: access token, 12 characters\]/)
    assert.match(evidence, /authorization:<\/b> X-Matrix origin=/)
  })

  it('cuts bodies of passed checks with a word, and shows those of failures whole', () => {
    const page = renderPage(result, facts)
    const passed = exchangeOf(page, 3)
    assert.match(
      passed,
      /Cut here: 2,048 of 5,\d\d\d bytes shown\. The whole body is in events\.ndjson\./,
    )
    const long = new TextEncoder().encode(JSON.stringify({ pad: 'x'.repeat(5000), end: 'here' }))
    assert.match(exchangeOf(renderPage(result, answered(20, long)), 20), /&quot;here&quot;/)
    const kept = renderPage(result, answered(20, long, 9000))
    assert.match(
      exchangeOf(kept, 20),
      /5,0\d\d of 9,000 bytes shown\. The journal holds the first 5,0/,
    )
  })

  it('shows bytes that are no text, and pins findings to their place', () => {
    const page = renderPage(result, facts)
    assert.match(exchangeOf(page, 25), /700 bytes that are no UTF-8 text.*89 50 4e 47 ff fe/s)
    assert.match(
      exchangeOf(page, 16),
      /<mark class="flag"> {2}&quot;origin_server_ts&quot;[^<]*<\/mark><span class="pin"><code>\/origin_server_ts<\/code> expected integer, got string/,
    )
  })

  it('lists the findings of an ambient check on its page', () => {
    const page = renderPage(result, facts)
    assert.match(
      page,
      /<dt>Findings<\/dt><dd><ol class="small"><li><a href="#exchange\/16">Exchange 16<\/a>, request of send at <code>\/origin_server_ts</,
    )
  })

  it('can be made of a result alone', () => {
    const page = renderPage({ ...result, findings: [] }, [])
    assert.deepEqual(packsOf(page), [])
    assert.match(page, /The journal holds no exchange of this check’s own/)
  })
})

const sized = (bytes: number): Exchange => {
  const found = facts.find((fact) => fact.kind === 'exchange')
  assert.ok(found)
  const { response: _, ...rest } = found
  return { ...rest, request: { headers: {}, body: body(new Uint8Array(bytes)) } }
}

describe('the budget of bodies', () => {
  it('is spent by those that are shown whole', () => {
    const budget = new BodyBudget(100)
    assert.equal(budget.limitFor(sized(1000), false), 2048)
    assert.equal(budget.limitFor(sized(60), true), Infinity)
    assert.equal(budget.limitFor(sized(60), true), 2048)
    assert.equal(budget.limitFor(sized(40), true), Infinity)
  })
})
