import type { RequirementId } from '../../fixtures/requirements/index.ts'
import { edus } from '../../fixtures/schemas/edus.ts'
import { demands } from '../../fixtures/schemas/lookup.ts'
import { pduFormats } from '../../fixtures/schemas/pdus.ts'
import type { Demand, Schema } from '../../fixtures/schemas/schema.ts'
import { refusal } from '../../fixtures/schemas/shared.ts'
import { agreedRequirements } from './agreements.ts'
import { formRule } from './forms.ts'
import { httpRules } from './http.ts'
import { pduRules } from './pdus.ts'
import { resolved } from './requirement-of.ts'

/** A check that no scenario makes: it is made on everything that a server says, and reported once a run. */
export interface AmbientRule {
  /** `ambient/schemas/send-join-answer`. */
  readonly id: string
  readonly title: string
  /** What is shown by every value that passes; findings may name others, of parts that are not always there. */
  readonly proves: readonly string[]
}

/**
 * What a schema demands of every value. What may be absent is not proved by values that lack it, and a bound (these
 * stand in `allOf`) not by values that stay far below it.
 */
function unconditional(schema: Schema | false): readonly string[] {
  if (schema === false) return []
  const node = resolved(schema)
  const { properties = {}, required = [], minItems = 0, minProperties = 0 } = node
  const below = [
    ...required.map((name) => properties[name]),
    ...(node.prefixItems ?? []),
    ...(minItems > 0 ? [node.items] : []),
    ...(minProperties > 0
      ? [...Object.values(node.patternProperties ?? {}), node.additionalProperties]
      : []),
  ]
  const own = node['x-requirement']
  const all = below.flatMap((each) => (each === undefined ? [] : unconditional(each)))
  return [...new Set(own === undefined ? all : [own, ...all])]
}

const formRules: readonly AmbientRule[] = [...demands].map(([key, demand]) => {
  const [operation = '', part = ''] = key.split(' ')
  const [, name = '', what = ''] = /^(.*)-(request|answer)$/.exec(demand.name) ?? []
  const title = `${name.replaceAll('-', '_')} ${what}s have the form that the specification gives them`
  return ruleOf(demand, title, agreedRequirements(operation, part))
})

function ruleOf(demand: Demand, title: string, more: readonly string[] = []): AmbientRule {
  const proves = [...new Set([demand.requirement, ...unconditional(demand.schema), ...more])]
  return { id: formRule(demand), title, proves }
}

const eduRules: readonly AmbientRule[] = [...edus].map(([type, demand]) =>
  ruleOf(demand, `EDUs of type ${type} have the form that the specification gives them`),
)

/** `RequirementId` catches a name that is none. */
const rule = (id: string, title: string, proves: readonly RequirementId[]): AmbientRule => ({
  id,
  title,
  proves,
})

const fixedRules: readonly AmbientRule[] = [
  rule(httpRules.requestJson, 'requests with PUT and POST carry JSON', [
    'ss.api.body_object_post_put',
    'ss.api.utf8_requests',
  ]),
  rule(httpRules.requestContentType, 'requests with a body are labelled as JSON', [
    'ss.api.req_content_type',
  ]),
  rule(httpRules.answerJson, 'answers are JSON', [
    'ss.api.resp_json_object',
    'ss.api.utf8_responses',
  ]),
  rule(httpRules.answerContentType, 'answers are labelled as JSON', ['ss.api.resp_content_type']),
  rule(httpRules.rateLimits, 'refusals for a rate limit say so', ['ss.rl.429_form']),
  rule(pduRules.inviteState, 'invite_room_state holds full events', ['ss.iv2.inviting.irs_format']),
  rule(pduRules.contentHash, 'events hold their content hash', [
    'ss.hash.content.alg',
    'ss.hash.content.b64',
  ]),
  rule(pduRules.signatures, 'events are signed by the server that they come from', [
    'ss.new.signed',
    'ss.sign.event.redacted_signed',
    'ss.sign.event.own_key',
    'ss.sign.json.unpadded_b64',
  ]),
  rule(pduRules.auth, 'events are allowed by the events that they cite', [
    'ss.new.auth.no_extra',
    'ss.new.not_soft_failed_state',
  ]),
]

const refusalRule: AmbientRule = {
  id: formRule({ name: 'refusal' }),
  title: 'refusals have the standard form of errors',
  proves: unconditional(refusal),
}

/** What the event formats of all room versions have in common. */
const formatRule: AmbientRule = {
  id: pduRules.format,
  title: 'events have the format of their room version',
  proves: Object.values(pduFormats)
    .map(({ wire }) => unconditional(wire))
    .reduce((common, each) => common.filter((id) => each.includes(id))),
}

/** Every ambient rule, in the order of reports. */
export const ambientRules: readonly AmbientRule[] = [
  ...formRules,
  refusalRule,
  ...eduRules,
  formatRule,
  ...fixedRules,
]
