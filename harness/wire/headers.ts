import type { IncomingHttpHeaders } from 'node:http'

export type Headers = Readonly<Record<string, string>>

/** One text per name, repeated headers joined by commas. */
export function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return result
}
