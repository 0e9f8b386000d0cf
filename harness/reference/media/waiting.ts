import { invalidParam } from '../errors.ts'

const defaultMs = 20_000
const longestMs = 60_000

/** How long content is waited for, by the value of timeout_ms. M_INVALID_PARAM. */
export function waitIn(timeout: string | undefined): number {
  if (timeout === undefined) return defaultMs
  if (!/^\d{1,15}$/.test(timeout)) throw invalidParam('timeout_ms is no number')
  return Math.min(Number(timeout), longestMs)
}
