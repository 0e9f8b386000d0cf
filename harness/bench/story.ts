import type { Contender } from './contender.ts'

/** What takes a room of its own each time, of which the first does not count. */
export const rooms = 4
/** Of one step, in milliseconds: many times what the slowest takes on two cores. */
export const [short, long, longest] = [60_000, 300_000, 900_000]

export interface Measured {
  readonly name: string
  /** `/s`: more is better; of all others less is. */
  readonly unit: 'ms' | '/s' | 'MiB'
  readonly value: number
}

/** What is tried with a server of its own that nobody else has used. */
export type Story = (contender: Contender) => Promise<readonly Measured[]>
