import type { Json } from './event.ts'
import { keepWriting } from './written-numbers.ts'

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
  /** Of a number, as it is written. */
  readonly text?: string | undefined
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

/** Of one text; the numbers among them are kept in any case. */
const mostNotes = 1000

/** Takes down what was wrong with the text of `root`, in the order of the text, for it and all that lies within. */
export function noteFlaws(root: Json, flaws: readonly PlacedFlaw[]): void {
  keepNumbers(root, flaws)
  for (const flaw of flaws.slice(0, mostNotes)) {
    for (const [depth, value] of containersOn(flaw.path, root).entries()) {
      const own = notes.get(value)
      if (own === undefined) notes.set(value, [{ flaw, depth }])
      else own.push({ flaw, depth })
    }
  }
}

type Path = readonly (string | number)[]

/** The arrays and objects on a way, from the outermost: as far as it leads to something. */
function containersOn(path: Path, root: Json): readonly object[] {
  const containers: object[] = []
  let value: unknown = root
  for (let depth = 0; typeof value === 'object' && value !== null; depth += 1) {
    containers.push(value)
    const step = path[depth]
    value = step === undefined ? undefined : Object.getOwnPropertyDescriptor(value, step)?.value
  }
  return containers
}

/** What was there under a key before it came again, all that lies within included, is gone. */
interface Gone {
  whole: boolean
  readonly within: Map<string | number, Gone>
}

function keepNumbers(root: Json, flaws: readonly PlacedFlaw[]): void {
  const gone: Gone = { whole: false, within: new Map() }
  for (const { kind, text, path } of flaws.toReversed()) {
    if (kind === 'duplicate-key') goneAt(path, gone).whole = true
    if (text === undefined || isGone(path, gone)) continue
    const container = containersOn(path, root)[path.length - 1]
    if (container !== undefined) keepWriting(container, path.at(-1) ?? '', text)
  }
}

function goneAt(path: Path, gone: Gone): Gone {
  let place = gone
  for (const step of path) {
    const inner = place.within.get(step) ?? { whole: false, within: new Map() }
    place.within.set(step, inner)
    place = inner
  }
  return place
}

function isGone(path: Path, gone: Gone): boolean {
  let place: Gone | undefined = gone
  for (const step of path) {
    place = place.within.get(step)
    if (place === undefined) return false
    if (place.whole) return true
  }
  return false
}

/**
 * What the text had, from which `parseJson` made this very value, that canonical JSON does not allow: the first of them, as
 * far as `mostNotes` of its document go. A copy of the value knows nothing of it.
 */
export function flawsIn(value: Json): readonly JsonFlaw[] {
  if (typeof value !== 'object' || value === null) return []
  return (notes.get(value) ?? []).map(({ flaw: { kind, offset, path }, depth }) => ({
    kind,
    offset,
    pointer: jsonPointer(path.slice(depth)),
  }))
}
