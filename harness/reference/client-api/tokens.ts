import { invalidParam } from '../errors.ts'
import type { HistoryPlace } from '../users/reading.ts'

/** Names a place in a user's stream, for `since`. */
export const streamToken = (position: number): string => `s${position}`

/** Names a place in a room's history, for `from`. */
export const historyToken = (index: number): string => `t${index}`

/** Names a place in a list of related events. */
export const listToken = (index: number): string => `r${index}`

export function streamPosition(token: string): number {
  const digits = /^s(\d{1,15})$/.exec(token)?.[1]
  if (digits === undefined) throw invalidParam('since is not a token of this server')
  return Number(digits)
}

/** Of either kind: clients go on from syncs too. */
export function placeIn(token: string): HistoryPlace {
  const [, kind, digits] = /^([st])(-?\d{1,15})$/.exec(token) ?? []
  if (kind === undefined) throw invalidParam(`${token} is not a token of this server`)
  return kind === 't' ? { index: Number(digits) } : { position: Number(digits) }
}

/** Undefined where the token names a place in the history, which a list of related events does not have. */
export function listIndex(token: string | undefined): number | undefined {
  if (token === undefined) return undefined
  const digits = /^r(\d{1,15})$/.exec(token)?.[1]
  if (digits !== undefined) return Number(digits)
  placeIn(token)
  return undefined
}
