import { invalidParam } from '../errors.ts'

/** Names a place in a user's stream, for `since`. */
export const streamToken = (position: number): string => `s${position}`

/** Names a place in a room's history, for `from`. */
export const historyToken = (position: number): string => `t${position}`

export function streamPosition(token: string): number {
  const digits = /^s(\d{1,15})$/.exec(token)?.[1]
  if (digits === undefined) throw invalidParam('since is not a token of this server')
  return Number(digits)
}

/** A stream token stands for the end of the history, as seen by who has just synced; so it has no position. */
export function positionIn(token: string | undefined): number | undefined {
  if (token === undefined || /^s\d{1,15}$/.test(token)) return undefined
  const digits = /^t(-?\d{1,15})$/.exec(token)?.[1]
  if (digits === undefined) throw invalidParam('from is not a token of this server')
  return Number(digits)
}
