import type { Exchange } from '../journal/exchange.ts'
import type { Outcome } from '../results/outcome.ts'

const most = 5
const eventId = /\$[\w+-]{20,}/g

/** A failure that names events and no exchange, with the exchanges in which these events come up by id, the last few of them. */
export function witnessed(outcome: Outcome, exchanges: readonly Exchange[]): Outcome {
  if (outcome.status !== 'failed' || outcome.evidence.exchanges.length > 0) return outcome
  const { message, actual = '' } = outcome.evidence
  const ids = new Set(`${message} ${actual}`.match(eventId))
  if (ids.size === 0) return outcome
  const found = exchanges.filter((exchange) => mentions(exchange, ids)).map(({ id }) => id)
  return { status: 'failed', evidence: { ...outcome.evidence, exchanges: found.slice(-most) } }
}

function mentions({ uri, request, response }: Exchange, ids: ReadonlySet<string>): boolean {
  const places = [decoded(uri), textOf(request.body.bytes), textOf(response?.body.bytes)]
  return [...ids].some((id) => places.some((place) => place.includes(id)))
}

const textOf = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')

const decoded = (uri: string): string => uri.replaceAll('%24', '$')
