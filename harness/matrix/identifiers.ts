import type { RoomVersion } from './room-version.ts'

const maxBytes = 255

const serverName =
  /^(?:\[(?<ipv6>[0-9A-Fa-f:.]{2,45})\]|(?<name>[0-9A-Za-z.-]{1,255}))(?::\d{1,5})?$/
const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/
const hextet = /^[0-9A-Fa-f]{1,4}$/

/** 43 characters of URL-safe base64 hold 258 bits: the last two are zero in every SHA-256. */
const hash = '[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]'
const hashedEventId = new RegExp(`^\\$${hash}$`)
const hashedEventIdV3 = /^\$[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/
const hashedRoomId = new RegExp(`^!${hash}$`)

/** Everything after the first colon: the server of a user id, a room alias, a room id with a domain. Empty without a colon. */
export function serverNameOf(id: string): string {
  const colon = id.indexOf(':')
  return colon < 0 ? '' : id.slice(colon + 1)
}

const isIpv4 = (text: string): boolean =>
  ipv4.test(text) && text.split('.').every((part) => Number(part) <= 255)

/** How many 16-bit groups a colon-separated run stands for; undefined where it is none. An IPv4 tail counts two. */
function groupsOf(run: string, tailAllowed: boolean): number | undefined {
  if (run === '') return 0
  const parts = run.split(':')
  const last = parts.at(-1) ?? ''
  const tail = tailAllowed && last.includes('.')
  if (tail && !isIpv4(last)) return undefined
  const hextets = tail ? parts.slice(0, -1) : parts
  if (!hextets.every((part) => hextet.test(part))) return undefined
  return hextets.length + (tail ? 2 : 0)
}

/** RFC 3513 section 2.2: eight groups, or fewer with one `::` for at least one group of zeros. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const [first = '', second] = halves
  const before = groupsOf(first, second === undefined)
  if (before === undefined) return false
  if (second === undefined) return before === 8
  const after = groupsOf(second, true)
  return after !== undefined && before + after <= 7
}

/** Grammar of appendices#server-name. Labels of DNS names are not looked at: for these the clause only says "should". */
export function isServerName(value: string): boolean {
  const groups = serverName.exec(value)?.groups
  if (groups === undefined) return false
  const { ipv6, name } = groups
  if (ipv6 !== undefined) return isIpv6(ipv6)
  return name !== undefined && (!ipv4.test(name) || isIpv4(name))
}

const fits = (value: string): boolean => Buffer.byteLength(value) <= maxBytes

/** Any code points but `:` and NUL, even none (appendices#historical-user-ids, #room-ids, #room-aliases). */
const isLocalpart = (value: string): boolean =>
  !value.includes(':') && !value.includes('\0') && !/\p{Surrogate}/u.test(value)

/** What nearly all are, which needs no closer look: printable, of a domain that is no address, and short enough. */
const plain = /^[@!#$][!-9;-~]{1,99}:[a-z][0-9a-z.-]{0,99}(?::\d{1,5})?$/

function hasDomain(value: string, sigil: string): boolean {
  if (plain.test(value)) return value.startsWith(sigil)
  const colon = value.indexOf(':')
  return (
    value.startsWith(sigil) &&
    colon > 0 &&
    fits(value) &&
    isLocalpart(value.slice(1, colon)) &&
    isServerName(value.slice(colon + 1))
  )
}

/** What nearly all are, which needs no closer look: printable, of a domain that is no address, and short enough. */
const plainUserId = /^@[!-9;-~]{1,99}:[a-z][0-9a-z.-]{0,99}(?::\d{1,5})?$/

/** A user id as events may carry it, historical localparts included. */
export const isUserId = (value: string): boolean => plainUserId.test(value) || hasDomain(value, '@')

export const isRoomAlias = (value: string): boolean => hasDomain(value, '#')

/** A room id of that room version; without one, a room id of any. */
export function isRoomId(value: string, version?: RoomVersion): boolean {
  if (version !== undefined) {
    return version.roomIdFromCreate ? hashedRoomId.test(value) : hasDomain(value, '!')
  }
  return hashedRoomId.test(value) || hasDomain(value, '!')
}

/** An event id of that room version. Without one, anything that could be an event id. */
export function isEventId(value: string, version?: RoomVersion): boolean {
  if (version?.eventIds === 'given') return hasDomain(value, '$')
  if (version?.eventIds === 'base64') return hashedEventIdV3.test(value)
  if (version !== undefined) return hashedEventId.test(value)
  return value.length > 1 && value.startsWith('$') && fits(value) && !/\p{Surrogate}/u.test(value)
}
