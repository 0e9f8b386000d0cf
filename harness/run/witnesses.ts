import type { Exchange } from '../journal/exchange.ts'
import type { Outcome } from '../results/outcome.ts'

const most = 5
const eventId = /\$[\w+-]{20,}/g

/**
 * A failure with the exchanges that support it: the first and the last few of those that it names; where it names events and no
 * exchange, the last few in which these events come up by id.
 */
export function witnessed(outcome: Outcome, exchanges: readonly Exchange[]): Outcome {
  if (outcome.status !== 'failed') return outcome
  const { evidence } = outcome
  const named = evidence.exchanges
  if (named.length > 2 * most) {
    const kept = [...named.slice(0, most), ...named.slice(-most)]
    return { status: 'failed', evidence: { ...evidence, exchanges: kept } }
  }
  if (named.length > 0) return outcome
  const { message, actual = '' } = evidence
  const ids = new Set(`${message} ${actual}`.match(eventId))
  if (ids.size === 0) return outcome
  const found = exchanges.filter((exchange) => mentions(exchange, ids)).map(({ id }) => id)
  return { status: 'failed', evidence: { ...evidence, exchanges: found.slice(-most) } }
}

function mentions({ uri, request, response }: Exchange, ids: ReadonlySet<string>): boolean {
  const places = [decoded(uri), textOf(request.body.bytes), textOf(response?.body.bytes)]
  return [...ids].some((id) => places.some((place) => place.includes(id)))
}

const textOf = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')

const decoded = (uri: string): string => uri.replaceAll('%24', '$')
