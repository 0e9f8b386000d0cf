import { type Matched, operationOf } from '../wire/endpoints.ts'
import type { InboundRequest } from '../wire/server.ts'
import { type Outcome, ok } from './handlers/handler.ts'

/** An operation under a path that it once had. */
export interface Former extends Matched {
  /** As the answer was then. */
  readonly answered: (outcome: Outcome) => Outcome
}

const keyPath = /^(\/_matrix\/key\/v2\/(?:server|query\/[^/]+))\/([^/]*)$/
const submitPath = /^\/_matrix\/federation\/v1\/((?:send_join|send_leave)\/.+)$/

/** What the specification has left behind, while older servers and test suites still ask for it. */
export function formerly(request: InboundRequest): Former | undefined {
  return keyById(request) ?? submitted(request)
}

/** Keys could be asked for by their ids: all of them are answered. */
function keyById({ method, path }: InboundRequest): Former | undefined {
  const [, now, id = ''] = keyPath.exec(path) ?? []
  const matched = now === undefined ? undefined : operationOf(method, now)
  const keyId = unescaped(id)
  if (matched === undefined || keyId === undefined) return undefined
  const params = { ...matched.params, ...(keyId === '' ? {} : { keyId }) }
  return { ...matched, params, answered: (outcome) => outcome }
}

/** Memberships were handed in with an answer that repeated its status. */
function submitted({ method, path }: InboundRequest): Former | undefined {
  const [, rest] = submitPath.exec(path) ?? []
  const matched = rest && operationOf(method, `/_matrix/federation/v2/${rest}`)
  if (!matched) return undefined
  return {
    ...matched,
    answered: (outcome) => (outcome.json === undefined ? outcome : ok([200, outcome.json])),
  }
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
