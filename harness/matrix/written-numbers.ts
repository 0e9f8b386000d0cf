/** How numbers of an array or object were written, by index or key. Spreading an object takes it along. */
const written = Symbol('written')

/** Nearly always there is none, and nothing has to be looked up. */
let areThereAny = false

/** Keeps how a number was written, where JSON.stringify would write another: `1.0`, `1e3`, more digits than a double has. */
export function keepWriting(container: object, key: string | number, text: string): void {
  const value = Number(text)
  if (pythonNumber(value, text) === pythonNumber(value)) return
  const kept = numbersOf(container) ?? new Map<string, string>()
  // Cut out of a text, it would hold all of it in memory.
  kept.set(String(key), Buffer.from(text, 'latin1').toString('latin1'))
  const property = { value: kept, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(container, written, property)
  areThereAny = true
}

/** Makes a copy of parts of an object write its numbers as the object does. */
export function copyWriting(from: object, to: object): void {
  const kept = areThereAny ? numbersOf(from) : undefined
  if (kept === undefined) return
  const property = { value: kept, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(to, written, property)
}

function numbersOf(container: object): Map<string, string> | undefined {
  const kept: unknown = Object.getOwnPropertyDescriptor(container, written)?.value
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else has the symbol
  return kept instanceof Map ? (kept as Map<string, string>) : undefined
}

/** How the number was written, if that was kept, and unless another has taken its place. */
export function writingOf(
  value: number,
  container: object,
  key: string | number,
): string | undefined {
  const text = areThereAny ? numbersOf(container)?.get(String(key)) : undefined
  return text !== undefined && Object.is(Number(text), value) ? text : undefined
}

/** Whether anything in the value is written otherwise than JSON.stringify does. */
export function holdsWriting(value: unknown): boolean {
  if (!areThereAny || typeof value !== 'object' || value === null) return false
  return numbersOf(value) !== undefined || Object.values(value).some(holdsWriting)
}

const isFloat = (text: string): boolean => /[.eE]/.test(text)

/**
 * The number in the canonical form that Python's JSON makes of it. Nothing says what it should be; Synapse has made nearly
 * all events that hold such numbers, and everybody else has to come to the same hashes. Integers keep every digit.
 */
export const pythonNumber = (value: number, text = String(value)): string => {
  if (isFloat(text)) return pythonFloat(value)
  return text === '-0' ? '0' : text
}

/** As Python writes a float: always with a point or an exponent, which it takes below 10^-4 and from 10^16 on. */
function pythonFloat(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const size = Number(exponent)
  if (size < -4 || size >= 16) {
    return `${digits}e${size < 0 ? '-' : '+'}${String(Math.abs(size)).padStart(2, '0')}`
  }
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
