import type { Json } from './event.ts'

/** What JSON allows and canonical JSON (appendices#canonical-json) does not. */
export type FlawKind =
  /** A key that its object has already; the last of them counts. */
  | 'duplicate-key'
  /** Half of a pair of surrogates, escaped: text that UTF-8 cannot hold. */
  | 'surrogate'
  | 'float'
  | 'exponent'
  | 'negative-zero'
  /** An integer beyond ±(2^53−1). */
  | 'range'

export interface JsonFlaw {
  readonly kind: FlawKind
  /** Bytes from the start of the text. */
  readonly offset: number
  /** From the value that was asked about. */
  readonly pointer: string
}

/** A flaw with the way from the root to it. */
export interface PlacedFlaw {
  readonly kind: FlawKind
  readonly offset: number
  readonly path: readonly (string | number)[]
}

/** RFC 6901: where in a value something lies. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

interface Note {
  readonly flaw: PlacedFlaw
  /** How deep the container lies that has the note. */
  readonly depth: number
}

/** By every array and object around a flaw, so that each part of a text knows its own. */
const notes = new WeakMap<object, Note[]>()

/** Takes down what was wrong with the text of `root`, for it and all that lies within. */
export function noteFlaws(root: Json, flaws: readonly PlacedFlaw[]): void {
  for (const flaw of flaws) {
    let value: unknown = root
    for (let depth = 0; typeof value === 'object' && value !== null; depth += 1) {
      const own = notes.get(value)
      if (own === undefined) notes.set(value, [{ flaw, depth }])
      else own.push({ flaw, depth })
      const step = flaw.path[depth]
      value = step === undefined ? undefined : Object.getOwnPropertyDescriptor(value, step)?.value
    }
  }
}

/**
 * What the text had, from which `parseJson` made this very value, that canonical JSON does not allow: the first of them, as
 * far as `mostFlaws` of its document go. A copy of the value knows nothing of it.
 */
export function flawsIn(value: Json): readonly JsonFlaw[] {
  if (typeof value !== 'object' || value === null) return []
  return (notes.get(value) ?? []).map(({ flaw: { kind, offset, path }, depth }) => ({
    kind,
    offset,
    pointer: jsonPointer(path.slice(depth)),
  }))
}
