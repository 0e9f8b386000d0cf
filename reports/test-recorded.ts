import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Fact } from '../harness/journal/exchange.ts'
import { readJournal } from '../harness/journal/journal.ts'
import type { RunResult } from '../harness/results/outcome.ts'

const folder = new URL('../fixtures/reports/', import.meta.url)

/** A small invented run of a server called Examplehs, with every outcome, a cut, and a target that sends markup. For tests. */
export const recordedResult = (): RunResult => {
  const result: RunResult = JSON.parse(readFileSync(new URL('run.json', folder), 'utf8'))
  return result
}

export const recordedFacts = (): Promise<Fact[]> =>
  readJournal(fileURLToPath(new URL('events.ndjson', folder)))

/** What a reporter is expected to say of that run. */
export const expectedText = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
