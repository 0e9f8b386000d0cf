import { fingerprint } from '../results/fingerprint.ts'
import { OracleError } from '../oracle/oracle-error.ts'
import type { Outcome } from '../results/outcome.ts'
import { TargetGone } from '../targets/errors.ts'
import { Inconclusive, Nonconformance, Refused, Unsupported } from '../world/errors.ts'

/** What it means for the target that a story threw this. Only what is known to be the target's deed is held against it. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof Nonconformance) return failed(error)
  if (error instanceof Unsupported) return skipped(error.reason, error.message)
  if (error instanceof Inconclusive) return { status: 'inconclusive', because: error.message }
  if (error instanceof Refused) return refused(error)
  if (error instanceof TargetGone) return { status: 'inconclusive', because: 'the target died' }
  if (error instanceof OracleError && error.code === 'missing-event') return incomplete(error)
  return errored(error)
}

/** Of what nobody has been given, nobody can tell what it makes of a room. */
const incomplete = ({ message }: OracleError): Outcome => ({
  status: 'inconclusive',
  because: `the oracle cannot tell: ${message}`,
})

/** Whether it is nothing that the vocabulary of stories throws. */
export const isFault = (error: unknown): boolean => outcomeOf(error).status === 'errored'

/** What is to be said of an error that nobody waited for. */
export function leftBehind(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `the story left something behind that broke: ${text}`
}

export const skipped = (code: string, text: string): Outcome => ({
  status: 'skipped',
  because: { code, text },
})

export function errored(error: unknown): Outcome {
  if (!(error instanceof Error))
    return { status: 'errored', error: { name: 'Error', message: String(error) } }
  const { name, message, stack } = error
  return { status: 'errored', error: { name, message, ...(stack === undefined ? {} : { stack }) } }
}

function failed(error: Nonconformance): Outcome {
  const { message, expected, actual, reasons, exchanges } = error
  return {
    status: 'failed',
    evidence: {
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
      ...(reasons.length === 0 ? {} : { reasons }),
      exchanges,
      fingerprint: fingerprint(message),
    },
  }
}

/** A refusal that the story did not ask for is a failure, unless it says that the deed is not offered or not now. */
function refused({ status, errcode, message, byPeer }: Refused): Outcome {
  if (byPeer) return { status: 'inconclusive', because: `a peer refused its own user: ${message}` }
  if (errcode === 'M_UNSUPPORTED_ROOM_VERSION')
    return skipped('missing-capability:room-version', message)
  if (errcode === 'M_UNRECOGNIZED') return skipped('missing-capability:endpoint', message)
  if (status === 429) return { status: 'inconclusive', because: `a rate limit is on: ${message}` }
  return failed(
    new Nonconformance(message, { expected: 'the request is granted', actual: message }),
  )
}

const severity: readonly Outcome['status'][] = [
  'skipped',
  'passed',
  'inconclusive',
  'failed',
  'errored',
]

/** The worst of several repetitions. */
export const worst = (outcomes: readonly [Outcome, ...Outcome[]]): Outcome =>
  outcomes.reduce((bad, one) =>
    severity.indexOf(one.status) > severity.indexOf(bad.status) ? one : bad,
  )
