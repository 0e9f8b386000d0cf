import { isObject } from '../../matrix/json.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import type { OperationName } from '../../wire/endpoints.ts'
import type { Handler, Inbound } from '../handlers/handler.ts'
import type { Parts } from '../parts.ts'
import type { Services } from '../services.ts'

export interface Scene {
  readonly services: Services
  readonly inbound: Inbound
}

/** The parts with another handler for one operation, made from the honest one. */
export function handling(
  parts: Parts,
  operation: OperationName,
  change: (honest: Handler) => Handler,
): Parts {
  const honest = parts.handlers[operation]
  if (honest === undefined) throw new TypeError(`there is no handler of ${operation}`)
  return { ...parts, handlers: { ...parts.handlers, [operation]: change(honest) } }
}

const all = (parts: Parts): readonly OperationName[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of handlers are names of operations
  Object.keys(parts.handlers) as OperationName[]

/** The parts with every handler changed. */
export const everywhere = (parts: Parts, change: (honest: Handler) => Handler): Parts =>
  all(parts).reduce((changed, operation) => handling(changed, operation, change), parts)

/** The parts with another body in the granted answers of one operation. */
export const answering = (
  parts: Parts,
  operation: OperationName,
  change: (body: JsonObject, scene: Scene) => JsonObject,
): Parts =>
  handling(parts, operation, (honest) => async (services, inbound) => {
    const outcome = await honest(services, inbound)
    return outcome.status === 200 && isObject(outcome.json)
      ? { ...outcome, json: change(outcome.json, { services, inbound }) }
      : outcome
  })

/** The parts with a handler that answers another question than the one that was asked. */
export const hearing = (
  parts: Parts,
  operation: OperationName,
  change: (inbound: Inbound, services: Services) => Inbound,
): Parts =>
  handling(
    parts,
    operation,
    (honest) => (services, inbound) => honest(services, change(inbound, services)),
  )

export const listIn = (body: JsonObject, key: string): readonly Json[] => {
  const list = body[key]
  return Array.isArray(list) ? list : []
}

export const without = <Value>(
  body: Readonly<Record<string, Value>>,
  key: string,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== key))
