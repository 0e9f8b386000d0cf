import { edus } from '../../fixtures/schemas/edus.ts'
import { schemaFor } from '../../fixtures/schemas/lookup.ts'
import type { Demand } from '../../fixtures/schemas/schema.ts'
import type { Json } from '../matrix/event.ts'
import { isObject, member } from '../matrix/json.ts'
import { judgeAgreements } from './agreements.ts'
import type { Fault, Judged } from './judged.ts'
import { isFederation, jsonOf, type Side } from './reading.ts'
import { checkSchema } from './schemas.ts'

/** The ambient rule on a demand: one for each operation and part, one for each type of EDU, one for all refusals. */
export const formRule = ({ name }: Pick<Demand, 'name'>): string =>
  `ambient/schemas/${name.endsWith('-refusal') ? 'refusal' : name}`

/** Bodies and query strings against the schema of their operation, and against what the request has said already. */
export function judgeForm(side: Side): readonly Judged[] {
  const demand = demandOf(side)
  if (demand === undefined) return []
  const value = demand.of === 'query' ? side.reading.query : jsonOf(side)
  if (value === undefined) return []
  const faults = checkSchema(demand, value, sizeOf(side))
  const told = demand.of === 'query' ? faults.map(inQuery) : faults
  const disagreements = judgeAgreements(side).filter(({ pointer }) => !covered(pointer, faults))
  return [{ rule: formRule(demand), faults: [...told, ...disagreements] }, ...judgeEdus(side)]
}

function demandOf({ reading, part, status }: Side): Demand | undefined {
  const { operation } = reading.exchange
  if (operation === undefined && !isFederation(reading)) return undefined
  return schemaFor(operation ?? '', part, status)
}

function sizeOf({ reading, part }: Side): number {
  const { request, response } = reading.exchange
  return part === 'request' ? request.body.length : (response?.body.length ?? 0)
}

/** A query string has no JSON pointers: the name goes into the words. */
function inQuery({ pointer, expected, ...fault }: Fault): Fault {
  const name = pointer.split('/')[1] ?? ''
  return { ...fault, pointer: '', expected: `query parameter ${name}: ${expected}` }
}

const covered = (pointer: string, faults: readonly Fault[]): boolean =>
  faults.some((fault) => pointer.startsWith(fault.pointer))

/** Each EDU of a known type against the schema of its type. */
function judgeEdus(side: Side): readonly Judged[] {
  const value = jsonOf(side)
  if (side.part !== 'request' || side.reading.exchange.operation !== 'send') return []
  const list = isObject(value) ? member(value, 'edus') : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((edu: Json, index) => judgeEdu(edu, `/edus/${index}`, sizeOf(side)))
}

function judgeEdu(edu: Json, pointer: string, size: number): readonly Judged[] {
  const type = isObject(edu) ? member(edu, 'edu_type') : undefined
  const demand = typeof type === 'string' ? edus.get(type) : undefined
  if (demand === undefined) return []
  const faults = checkSchema(demand, edu, size).map((fault) => ({
    ...fault,
    pointer: pointer + fault.pointer,
  }))
  return [{ rule: formRule(demand), faults }]
}
