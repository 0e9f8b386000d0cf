import type { Event, JsonObject } from '../../matrix/event.ts'
import { redactedText } from '../../matrix/hash.ts'
import type { SigningKey } from '../../matrix/signing-key.ts'
import { MatrixError } from '../errors.ts'
import { policyKeyId } from './policy.ts'

/** Answers with what a policy server of that name signs; throws MatrixError where it does not recommend the event. */
export type PolicyService = (event: Event, own: string) => JsonObject | Promise<JsonObject>

/** A policy server with a key of its own, of version `policy_server`; `objection`: why an event is not recommended, in words. */
export function policyService(
  key: SigningKey,
  objection: (event: Event) => string | undefined,
): PolicyService {
  if (key.keyId !== policyKeyId) throw new TypeError(`a policy key is called ${policyKeyId}`)
  return (event, own) => {
    const words = objection(event)
    if (words !== undefined) throw new MatrixError(400, 'M_FORBIDDEN', words)
    return { [own]: { [policyKeyId]: key.sign(redactedText(event.pdu, event.version)) } }
  }
}
