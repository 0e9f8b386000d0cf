import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { describe, it } from 'mocha'
import {
  renderChapters,
  renderCheckLine,
  renderClosing,
  renderFailure,
  renderHeader,
  renderLive,
  type Look,
  type Progress,
} from './console.ts'
import { expectedText, recordedFacts, recordedResult } from './test-recorded.ts'

const result = recordedResult()

const whole = async (look: Look): Promise<string> => {
  const facts = await recordedFacts()
  const { checks, environment } = result
  const told = checks.filter(({ outcome }) => !['passed', 'skipped'].includes(outcome.status))
  return [
    renderHeader({ ...result, checks: checks.length, workers: environment.workers }, look),
    checks.map((check) => renderCheckLine(check, look)).join('\n'),
    ...told.map((check) => renderFailure(check, result, facts, look)),
    renderChapters(result, look),
    renderClosing(result, look),
    '',
  ].join('\n\n')
}

const progress: Progress = {
  done: 120,
  total: 224,
  counts: { passed: 118, failed: 2, skipped: 0, inconclusive: 0, errored: 0 },
  elapsedMs: 63_000,
  failures: ['keys/publish/valid-until', 'partition/conflict/ban-beats-topic[v11,hs2]'],
}

describe('the console', () => {
  it('tells a run as recorded', async () => {
    assert.equal(await whole({ width: 100 }), expectedText('console.txt'))
  })

  it('says the same in colour', async () => {
    const coloured = await whole({ width: 100, colour: 1 })
    assert.notEqual(coloured, expectedText('console.txt'))
    assert.equal(stripVTControlCharacters(coloured), expectedText('console.txt'))
  })

  it('obeys nothing that a target sent', async () => {
    assert.doesNotMatch(await whole({}), /(?!\n)\p{Cc}/u)
  })

  it('ends with why and with the counts', () => {
    const lines = renderClosing(result).split('\n')
    assert.match(lines.at(-2) ?? '', /^exit 1: .*; 1 inconclusive; 1 errored$/)
    assert.equal(lines.at(-1), '3 passed, 4 failed, 3 skipped')
  })

  it('keeps the live line within the terminal, in colour too', () => {
    for (let width = 0; width < 160; width++) {
      const line = stripVTControlCharacters(renderLive(progress, width, { colour: 3 }))
      assert.ok(line.length <= width, `${width}: ${line}`)
      assert.doesNotMatch(line, /\n/)
    }
    const line = renderLive(progress, 140)
    assert.match(
      line,
      /120\/224 {2}2 failed {2}1 min 3 s, about 55 s left {2}✗ partition\/conflict/,
    )
  })

  it('makes no promise of time before anything is done', () => {
    const line = renderLive({ ...progress, done: 0, failures: [] }, 120)
    assert.doesNotMatch(line, /left/)
  })
})
