import type { RunResult } from '../harness/results/outcome.ts'
import { redactText } from './redact.ts'

/** The result itself, with secrets taken out of its texts: what every other report can be made from again. */
export const renderJson = (result: RunResult): string =>
  `${JSON.stringify(result, (_, value: unknown) => (typeof value === 'string' ? redactText(value) : value), 2)}\n`
