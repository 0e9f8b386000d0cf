/** Bounds of how long an answer is kept, in milliseconds. */
export interface LifetimeBounds {
  /** Where the answer says nothing. */
  readonly usual: number
  readonly longest: number
  readonly shortest: number
}

/** How long an answer may be kept by its own headers (RFC 9111: max-age before Expires, less the age that it has), within bounds. Milliseconds. */
export function lifetimeOf(
  headers: Readonly<Record<string, string>>,
  bounds: LifetimeBounds,
  now: number,
): number {
  const own = ownLifetime(headers, now)
  return Math.min(bounds.longest, Math.max(bounds.shortest, own ?? bounds.usual))
}

function ownLifetime(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.some((one) => /^(?:no-store|no-cache)(?:$|=)/.test(one))) return 0
  const [, seconds] =
    directives.map((one) => /^max-age="?(\d{1,10})"?$/.exec(one)).find(Boolean) ?? []
  if (seconds !== undefined) return Number(seconds) * 1_000 - ageOf(headers)
  const { expires } = headers
  if (expires === undefined) return undefined
  // What is no date, `0` above all, lies in the past.
  const end = Date.parse(expires)
  if (!/[a-z]{3}/i.test(expires) || Number.isNaN(end)) return 0
  const date = Date.parse(headers['date'] ?? '')
  return end - (Number.isNaN(date) ? now : date) - ageOf(headers)
}

function ageOf({ age = '' }: Readonly<Record<string, string>>): number {
  return /^\d{1,10}$/.test(age) ? Number(age) * 1_000 : 0
}
