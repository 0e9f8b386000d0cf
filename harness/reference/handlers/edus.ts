import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { EduHandler, EduParts, Services } from '../services.ts'

/** What an honest server does with the EDUs that there are. */
export const standardEdus: EduParts = {
  lasting: {
    'm.direct_to_device': ({ people }, ...edu) => people.toDevice.receive(...edu),
    'm.device_list_update': ({ people }, ...edu) => people.remoteDevices.update(...edu),
    'm.signing_key_update': ({ people }, ...edu) => people.remoteDevices.updateKeys(...edu),
  },
  passing: {},
}

/** Hands the EDUs of a transaction to their handlers (server-server-api#edus); one of an unknown type or form is no error. */
export function takeEdus(
  services: Services,
  { origin, edus }: { origin: string; edus: readonly Json[] },
  handlers: Readonly<Record<string, EduHandler>>,
): void {
  for (const edu of edus) {
    const type = stringAt(edu, 'edu_type')
    const content = valueAt(edu, 'content')
    if (type === undefined || !isObject(content) || !Object.hasOwn(handlers, type)) continue
    handlers[type]?.(services, origin, content)
  }
}
