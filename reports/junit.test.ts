import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { RunResult } from '../harness/results/outcome.ts'
import { renderJunit } from './junit.ts'
import { expectedText, recordedFacts, recordedResult } from './test-recorded.ts'

/** The names of the open elements at the end, or what is wrong: enough of XML to tell well-formed from not. */
const fault = (xml: string): string | undefined => {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
  const open: string[] = []
  const tokens =
    /<(\/?)([a-z]+)((?: [a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|&(?:amp|lt|gt|quot);|[^<&]/gy
  let end = 0
  for (const token of body.matchAll(tokens)) {
    end = token.index + token[0].length
    const [, closing, name, , empty] = token
    if (name === undefined) continue
    if (closing === '/' && open.pop() !== name) return `</${name}> at ${end}`
    if (closing !== '/' && empty !== '/') open.push(name)
  }
  if (end !== body.length) return `at ${end}: ${body.slice(end, end + 40)}`
  return open.length > 0 ? `open: ${open.join(' ')}` : undefined
}

describe('JUnit', () => {
  it('tells a run as recorded', async () => {
    assert.equal(renderJunit(recordedResult(), await recordedFacts()), expectedText('junit.xml'))
  })

  it('is well-formed whatever a target sends', async () => {
    const nasty = '<![CDATA[ ]]> & " \' \u0000\u001b\ud800\uffff --> </failure>'
    const recorded = recordedResult()
    const result: RunResult = {
      ...recorded,
      title: nasty,
      checks: recorded.checks.map((check) => ({
        ...check,
        title: nasty,
        ...(check.reason === undefined ? {} : { reason: nasty }),
        outcome:
          check.outcome.status === 'failed'
            ? {
                status: 'failed',
                evidence: { ...check.outcome.evidence, message: nasty, actual: nasty },
              }
            : check.outcome.status === 'errored'
              ? { status: 'errored', error: { name: nasty, message: nasty, stack: nasty } }
              : check.outcome,
      })),
    }
    const xml = renderJunit(result, await recordedFacts())
    assert.equal(fault(xml), undefined)
    assert.equal(fault(expectedText('junit.xml')), undefined)
    assert.match(xml, /\\u0000\\u001b\\ud800\\uffff/)
    assert.notEqual(fault('<a>&</a>'), undefined)
  })

  it('counts a known failure as skipped, with its reason', async () => {
    const xml = renderJunit(recordedResult(), await recordedFacts())
    assert.match(xml, /<testsuites [^>]*tests="12" failures="3" errors="1" skipped="5"/)
    assert.match(xml, /<skipped message="known failure: fixed in 1.5, issue 412 \|/)
  })
})
