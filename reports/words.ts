/** `1 check`, `2 checks`, `1,204 exchanges`. */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${thousands(amount)} ${amount === 1 ? one : many}`

export const thousands = (amount: number): string => amount.toLocaleString('en-GB')

/** `940 ms`, `2.9 s`, `3 min 41 s`, `2 h 5 min`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Seconds since the run began, to the millisecond: `2.512`. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(3)

/** `20 November 2026, 09:14:02 UTC`; the text itself where it is no date. */
export const moment = (iso: string): string => {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const day = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  return `${day}, ${date.toISOString().slice(11, 19)} UTC`
}
