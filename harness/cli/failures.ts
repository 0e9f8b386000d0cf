import { suggestion } from '../run/nearest.ts'

/** What to say of an error that ended a command, and with which exit code. */
export interface Ending {
  readonly exitCode: 2 | 3 | 4
  readonly text: string
}

/**
 * Errors are known by their names, so that `--help` need not load the modules that throw them. What nobody foresaw is the
 * harness's own fault and shows where it happened.
 */
export function endingOf(error: unknown): Ending {
  if (!(error instanceof Error)) return { exitCode: 4, text: `harness at fault: ${String(error)}` }
  switch (error.name) {
    case 'UsageError':
    case 'BaselineError':
    case 'ServeError':
    case 'StoreError':
      return { exitCode: 2, text: error.message }
    case 'SelectorError':
      return { exitCode: 2, text: `${error.message}${nearestOf(error)}` }
    case 'TargetError':
      return targetEnding(error)
    case 'LoadError':
      return { exitCode: codeOf(error) === 'no-folder' ? 2 : 4, text: error.message }
    case 'SuiteError':
      return { exitCode: 4, text: `a suite is at fault: ${error.message}` }
    default:
      return { exitCode: 4, text: `the harness is at fault: ${error.stack ?? error.message}` }
  }
}

/** The target could not be started: what it said last, and what to do. */
function targetEnding(error: Error): Ending {
  const advice = textOf(error, 'advice')
  const tail = textOf(error, 'logTail')
  const log = tail === '' ? '' : `\nIts last lines:\n${tail.replace(/^/gm, '  ')}`
  return {
    exitCode: codeOf(error) === 'unknown' ? 2 : 3,
    text: `${error.message}${log}${advice === '' ? '' : `\n${advice}`}`,
  }
}

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

const textOf = (error: Error, key: string): string => {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : ''
}

function nearestOf(error: Error): string {
  const candidates: unknown = Reflect.get(error, 'candidates')
  if (!Array.isArray(candidates)) return ''
  return suggestion(
    textOf(error, 'selector'),
    candidates.filter((one) => typeof one === 'string'),
  )
}
