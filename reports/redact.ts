/** Names whose values never reach a report, in JSON, in query strings and in forms. */
const secretNames = [
  'access_token',
  'refresh_token',
  'login_token',
  'registration_token',
  'password',
  'new_password',
  'shared_secret',
  'client_secret',
  'recovery_key',
  'private_key',
  'mac',
] as const

const secrets: ReadonlySet<string> = new Set(secretNames)

/** Whether the value of this name is a secret. */
export const isSecret = (name: string): boolean => secrets.has(name.toLowerCase())

/** What stands in a secret's place. */
export const redacted = (what: string, length: number): string =>
  `[redacted: ${what.toLowerCase().replaceAll('_', ' ')}, ${length} characters]`

const bearer = /\b(Bearer\s+)([\w.~+/=-]{8,})/gi
const named = new RegExp(
  `(\\b(${secretNames.join('|')})\\b(?:\\\\?["'])?\\s*[=:]\\s*(?:\\\\?["'])?)([^"'&\\s,;}\\\\\\[][^"'&\\s,;}\\\\]*)`,
  'gi',
)

/** Any text: `Bearer …` and every `name=value` or `"name": "value"` of a secret name. X-Matrix signatures stay: they prove something and open nothing. */
export const redactText = (text: string): string =>
  text
    .replace(
      bearer,
      (_, kept: string, token: string) => kept + redacted('access token', token.length),
    )
    .replace(
      named,
      (_, kept: string, name: string, value: string) => kept + redacted(name, value.length),
    )

const wholeHeaders: ReadonlySet<string> = new Set(['cookie', 'set-cookie', 'proxy-authorization'])

/** A header's value as a report may show it. */
export const redactHeader = (name: string, value: string): string => {
  const lower = name.toLowerCase()
  if (wholeHeaders.has(lower)) return redacted(lower, value.length)
  if (lower !== 'authorization' || /^x-matrix\b/i.test(value)) return redactText(value)
  const space = value.indexOf(' ')
  const scheme = space < 0 ? '' : value.slice(0, space + 1)
  return scheme + redacted('access token', value.length - scheme.length)
}
