import { canonicalJson } from '../matrix/canonical-json.ts'
import type { JsonObject } from '../matrix/event.ts'
import { beside, type Figure, inRounds, rateOf } from './rounds.ts'
import { samplePdu } from './sample-pdu.ts'

/** Node 20 is where JSON.stringify, which neither sorts nor checks, leaves least room. */
const target = Number(process.versions.node.split('.')[0]) < 22 ? 0.9 : 0.65

export const documentFigures = async (): Promise<Figure[]> => {
  const pdu: JsonObject = JSON.parse(canonicalJson({ ...samplePdu('message').pdu }))
  const { values, limits } = await inRounds({
    limits: () => rateOf(() => Buffer.from(JSON.stringify(pdu)), 500),
    values: () => rateOf(() => Buffer.from(canonicalJson(pdu)), 500),
  })
  const name = 'canonical JSON of a 1 kB PDU in bytes (limit: JSON.stringify)'
  return [beside({ name, unit: '/s', target, values, limits })]
}
