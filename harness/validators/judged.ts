import type { Json } from '../matrix/event.ts'

/** What is wrong with what a server said. */
export interface Fault {
  readonly requirement: string
  /** JSON pointer into the body; empty for the whole, headers or status. */
  readonly pointer: string
  readonly expected: string
  readonly actual: string
}

/** An ambient rule that was put to the test, with what came of it. */
export interface Judged {
  readonly rule: string
  readonly faults: readonly Fault[]
}

const maxShown = 80

/** A value in a message: short, and never more than a line. */
export function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) {
    return `an object with ${cut(Object.keys(value).join(', ') || 'nothing in it')}`
  }
  return cut(JSON.stringify(value))
}

const cut = (text: string): string =>
  text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
