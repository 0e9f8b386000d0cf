import {
  canonicalJson,
  CanonicalJsonError,
  type Uncanonical,
  uncanonicalParts,
} from './canonical-json.ts'
import { numbersIn, textsOf } from './event-texts.ts'
import type { JsonObject } from './event.ts'
import type { FormatProblem } from './format-problem.ts'
import { type FlawKind, flawsIn } from './json.ts'
import type { RoomVersion } from './room-version.ts'

/** Bytes of the whole event in canonical form (client-server-api#size-limits). */
const maxEventBytes = 65_536

const strictness: Readonly<Record<Uncanonical, { requirement?: string; problem: string }>> = {
  float: { requirement: 'ss.cj.v6.float_rejected', problem: 'not an integer' },
  'too-high': { requirement: 'ss.cj.v6.int_range_high', problem: 'above 2^53-1' },
  'too-low': { requirement: 'ss.cj.v6.int_range_low', problem: 'below -(2^53)+1' },
  'negative-zero': { requirement: 'ss.cj.no_negative_zero', problem: 'negative zero' },
  infinite: { problem: 'beyond any number that can be written' },
  surrogate: { requirement: 'ss.cj.lone_surrogates', problem: 'lone surrogate' },
  depth: { problem: 'nested deeper than the harness reads' },
}

/** What only the text shows that the event was read from. */
const writing: Readonly<Partial<Record<FlawKind, { requirement: string; problem: string }>>> = {
  'duplicate-key': { requirement: 'ss.cj.duplicate_keys', problem: 'a key that is there twice' },
  float: {
    requirement: 'ss.cj.v6.exponent_or_point_zero',
    problem: 'written with a decimal point',
  },
  exponent: {
    requirement: 'ss.cj.v6.exponent_or_point_zero',
    problem: 'written with an exponent',
  },
}

/**
 * Where the event breaks the rules of canonical JSON, if its room version asks for it; otherwise only where it has no
 * canonical form at all, which breaks no rule and still leaves it without hashes.
 */
export function checkStrictness(event: JsonObject, version: RoomVersion): readonly FormatProblem[] {
  const problems =
    textsOf({ pdu: event, version }).length === undefined ? checkValues(event, version) : []
  return version.strictJson ? [...problems, ...checkWriting(event, problems)] : problems
}

const checkValues = (event: JsonObject, version: RoomVersion): readonly FormatProblem[] =>
  uncanonicalParts(event, numbersIn(version)).map(({ pointer, because }) => {
    const { requirement, problem } = strictness[because]
    return requirement === undefined || !version.strictJson
      ? { pointer, problem }
      : { requirement, problem, pointer }
  })

/** Where the text of the event breaks them and the value does not show it: `1.0` has become 1. */
function checkWriting(
  event: JsonObject,
  known: readonly FormatProblem[],
): readonly FormatProblem[] {
  return flawsIn(event).flatMap(({ kind, pointer }) => {
    const flaw = writing[kind]
    if (flaw === undefined || known.some((problem) => problem.pointer === pointer)) return []
    return [{ ...flaw, pointer }]
  })
}

/** An event without a canonical form has no size; the strictness check has said why. */
export function checkSize(event: JsonObject, version: RoomVersion): readonly FormatProblem[] {
  // In UTF-8 a code unit takes three bytes at the most.
  const length = textsOf({ pdu: event, version }).length ?? Number.POSITIVE_INFINITY
  if (3 * length <= maxEventBytes) return []
  try {
    const bytes = Buffer.byteLength(canonicalJson(event, numbersIn(version)))
    const problem = `${bytes} bytes, at most ${maxEventBytes} are allowed`
    return bytes > maxEventBytes
      ? [{ requirement: 'ss.size.event_65536', pointer: '', problem }]
      : []
  } catch (error) {
    if (error instanceof CanonicalJsonError) return []
    throw error
  }
}
