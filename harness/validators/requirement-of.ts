import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Schema } from '../../fixtures/schemas/schema.ts'
import { shared } from '../../fixtures/schemas/shared.ts'

const byId = new Map(shared.map((schema) => [schema.$id, schema]))

/**
 * The requirement that stands nearest to an error: at the member that is missing, at the node that was broken, or at
 * the last node on the way down to it. Undefined where none stands anywhere.
 */
export function requirementOf(error: ErrorObject, schema: Schema): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one of the schemas that we gave to ajv
  const broken = (error.parentSchema ?? {}) as Schema
  const missing = error.keyword === 'required' ? String(error.params['missingProperty']) : undefined
  return (
    (missing === undefined ? undefined : ownRequirement(broken.properties?.[missing])) ??
    ownRequirement(broken) ??
    requirementOnTheWay(schema, stepsOf(error.instancePath))
  )
}

const ownRequirement = (schema: Schema | false | undefined): string | undefined =>
  schema === undefined || schema === false ? undefined : schema['x-requirement']

const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

function requirementOnTheWay(schema: Schema, steps: readonly string[]): string | undefined {
  let at: Schema | undefined = schema
  let found = ownRequirement(schema)
  for (const step of steps) {
    at = at === undefined ? undefined : below(resolved(at), step)
    found = ownRequirement(at) ?? ownRequirement(at && resolved(at)) ?? found
  }
  return found
}

/** The node that a `$ref` stands for. */
export const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : { ...byId.get(schema.$ref), ...schema }

function below(schema: Schema, step: string): Schema | undefined {
  const { properties, patternProperties, additionalProperties, items, prefixItems } = schema
  const named = properties?.[step] ?? prefixItems?.[Number(step)]
  const matching = Object.entries(patternProperties ?? {}).find(([pattern]) =>
    new RegExp(pattern, 'u').test(step),
  )?.[1]
  const next = named ?? matching ?? additionalProperties ?? items
  return next === false ? undefined : next
}
