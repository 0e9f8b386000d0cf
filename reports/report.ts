import type { Fact } from '../harness/journal/exchange.ts'
import type { RunResult } from '../harness/results/outcome.ts'
import { renderCtrf } from './ctrf.ts'
import { renderPage } from './html/page.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderTap } from './tap.ts'

/** One file of a report; `path` is relative to the folder of the run. */
interface Artefact {
  readonly path: string
  readonly content: string
}

/** Tells a run. Pure: it prints nothing, writes nothing and asks nobody. */
export interface Reporter {
  readonly name: string
  render(result: RunResult, facts: readonly Fact[]): readonly Artefact[]
}

const reporter = (
  name: string,
  path: string,
  content: (result: RunResult, facts: readonly Fact[]) => string,
): Reporter => ({
  name,
  render: (result, facts) => [{ path, content: content(result, facts) }],
})

/** Every reporter by its name, as `--json --junit --html` know it. */
export const reporters: Readonly<Record<string, Reporter>> = {
  json: reporter('json', 'run.json', renderJson),
  junit: reporter('junit', 'junit.xml', renderJunit),
  tap: reporter('tap', 'report.tap', renderTap),
  ctrf: reporter('ctrf', 'ctrf.json', renderCtrf),
  html: reporter('html', 'report.html', renderPage),
}
