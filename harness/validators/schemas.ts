import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Demand, Schema } from '../../fixtures/schemas/schema.ts'
import { shared } from '../../fixtures/schemas/shared.ts'
import type { Json } from '../matrix/event.ts'
import { describeError } from './describe.ts'
import type { Fault } from './judged.ts'
import { requirementOf } from './requirement-of.ts'

/** Beyond this a body is judged up to its first fault only, so that garbage cannot fill the memory with errors. */
const thoroughBytes = 256 * 1024
const maxFaults = 200

const ajvWith = (allErrors: boolean): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors,
    inlineRefs: false,
    verbose: true,
    strictTypes: false,
    strictTuples: false,
    validateSchema: false,
    logger: false,
  })
  ajv.addKeyword({ keyword: 'x-requirement', schemaType: 'string' })
  ajv.addSchema([...shared])
  return ajv
}

/** Compiled when first used: a schema costs a few milliseconds. */
class Compiled {
  readonly #ajv: Ajv2020
  readonly #bySchema = new Map<Schema, ValidateFunction>()

  constructor(allErrors: boolean) {
    this.#ajv = ajvWith(allErrors)
  }

  get(schema: Schema): ValidateFunction {
    const known = this.#bySchema.get(schema)
    if (known !== undefined) return known
    const made = this.#ajv.compile(schema)
    this.#bySchema.set(schema, made)
    return made
  }
}

const thorough = new Compiled(true)
const quick = new Compiled(false)

/** Errors that only say that another error lies within. */
const wrappers = new Set(['if', 'propertyNames'])

/** Holds a value against a schema. `size`: bytes of the body that it came from. */
export function checkSchema(
  demand: Pick<Demand, 'schema' | 'requirement'>,
  value: Json,
  size = 0,
): readonly Fault[] {
  const validator = (size > thoroughBytes ? quick : thorough).get(demand.schema)
  if (validator(value)) return []
  const errors = (validator.errors ?? []).filter(({ keyword }) => !wrappers.has(keyword))
  return errors.slice(0, maxFaults).map((error) => faultOf(error, demand))
}

function faultOf(error: ErrorObject, demand: Pick<Demand, 'schema' | 'requirement'>): Fault {
  return {
    requirement: requirementOf(error, demand.schema) ?? demand.requirement,
    ...describeError(error),
  }
}
