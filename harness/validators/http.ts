import { isObject, member } from '../matrix/json.ts'
import type { Fault, Judged } from './judged.ts'
import { show } from './judged.ts'
import { type Content, isFederation, jsonOf, type Side } from './reading.ts'

export const httpRules = {
  requestJson: 'ambient/http/request-json',
  requestContentType: 'ambient/http/request-content-type',
  answerJson: 'ambient/http/answer-json',
  answerContentType: 'ambient/http/answer-content-type',
  rateLimits: 'ambient/http/rate-limits',
} as const

/** Operations whose good answer is no JSON. */
const media = new Set(['mediaDownload', 'mediaThumbnail'])

/** Content-Type, and whether the body is JSON at all. */
export function judgeHttp(side: Side): readonly Judged[] {
  if (!isFederation(side.reading)) return []
  return side.part === 'request' ? judgeRequest(side) : judgeAnswer(side)
}

function judgeRequest(side: Side): readonly Judged[] {
  const { method } = side.reading.exchange
  if (method !== 'PUT' && method !== 'POST') return []
  const { requestJson, requestContentType } = httpRules
  const body = judgeBody(side.content, {
    none: 'ss.api.body_object_post_put',
    syntax: 'ss.api.body_object_post_put',
    utf8: 'ss.api.utf8_requests',
  })
  const type = side.content.kind === 'none' ? [] : contentType(side, 'ss.api.req_content_type')
  return [
    { rule: requestJson, faults: body },
    { rule: requestContentType, faults: type },
  ]
}

function judgeAnswer(side: Side): readonly Judged[] {
  const { operation } = side.reading.exchange
  const { status = 0 } = side
  if (status < 200 || status === 204 || (status < 400 && media.has(operation ?? ''))) return []
  if (status >= 300 && status < 400) return []
  const { answerJson, answerContentType } = httpRules
  const body = judgeBody(side.content, {
    none: 'ss.api.resp_json_object',
    syntax: 'ss.api.resp_json_object',
    utf8: 'ss.api.utf8_responses',
  })
  const type = side.content.kind === 'json' ? contentType(side, 'ss.api.resp_content_type') : []
  return [
    { rule: answerJson, faults: body },
    { rule: answerContentType, faults: type },
    ...judgeRateLimit(side),
  ]
}

interface BodyDemands {
  readonly none: string
  readonly syntax: string
  readonly utf8: string
}

function judgeBody(content: Content, demands: BodyDemands): readonly Fault[] {
  if (content.kind === 'none') {
    return [
      { requirement: demands.none, pointer: '', expected: 'a JSON object', actual: 'no body' },
    ]
  }
  if (content.kind !== 'broken') return []
  const requirement = brokenRequirement(content.code, demands)
  return [{ requirement, pointer: '', expected: 'JSON in UTF-8', actual: content.message }]
}

function brokenRequirement(code: string, demands: BodyDemands): string {
  if (code === 'utf8') return demands.utf8
  if (code === 'duplicate-key') return 'ss.cj.duplicate_keys'
  return code === 'surrogate' ? 'ss.cj.lone_surrogates' : demands.syntax
}

function contentType(side: Side, requirement: string): readonly Fault[] {
  const header = headerOf(side.headers, 'content-type')
  const type = header?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return []
  const expected = 'Content-Type: application/json'
  return [{ requirement, pointer: '', expected, actual: `Content-Type: ${show(header)}` }]
}

function headerOf(headers: Side['headers'], name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** client-server-api#rate-limiting */
function judgeRateLimit(side: Side): readonly Judged[] {
  if (side.status !== 429) return []
  const value = jsonOf(side)
  const errcode = isObject(value) ? member(value, 'errcode') : undefined
  const fault: Fault = {
    requirement: 'ss.rl.429_form',
    pointer: '/errcode',
    expected: '"M_LIMIT_EXCEEDED"',
    actual: show(errcode),
  }
  return [{ rule: httpRules.rateLimits, faults: errcode === 'M_LIMIT_EXCEEDED' ? [] : [fault] }]
}
