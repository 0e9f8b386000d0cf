import type { Json, JsonObject } from '../../matrix/event.ts'
import type { RoomVersion } from '../../matrix/room-version.ts'
import type { PushRules } from '../push/push-rules.ts'
import type { AccountData } from '../users/account-data.ts'
import type { Directories } from '../users/directories.ts'
import type { UserOperations } from '../users/operations.ts'
import type { People } from '../users/people.ts'
import type { Reading } from '../users/reading.ts'
import type { InteractiveAuth } from './interactive-auth.ts'
import type { Device, Logins } from './logins.ts'
import type { Nonces } from './nonces.ts'
import type { Pushers } from './pushers.ts'
import type { Registration } from './registration.ts'
import type { Sent } from './sent.ts'
import type { StoredFilters } from './stored-filters.ts'

/** What the client API of one server has for all its requests. */
export interface ClientServices {
  readonly serverName: string
  readonly users: UserOperations
  readonly people: People
  readonly reading: Reading
  readonly directories: Directories
  readonly logins: Logins
  readonly sent: Sent
  readonly filters: StoredFilters
  readonly pushers: Pushers
  readonly accountData: AccountData
  readonly pushRules: PushRules
  readonly clock: () => number
  readonly interactive: InteractiveAuth
  readonly nonces: Nonces
  readonly registration: Registration
  /** Absent: nobody can register by it. */
  readonly registrationSecret?: string
  /** Where clients find this server. */
  readonly baseUrl: string
  /** Of rooms for which a client names none. */
  readonly defaultVersion: RoomVersion
}

/** One request of a client, taken apart. */
export interface Call extends ClientServices {
  /** Path parameters, unescaped; an absent one is empty. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it came. */
  readonly bytes: Uint8Array
  /** The body as a JSON object; throws M_NOT_JSON or M_BAD_JSON. */
  readonly body: () => JsonObject
  /** Who asks; throws M_MISSING_TOKEN or M_UNKNOWN_TOKEN. */
  readonly device: () => Device
  readonly signal: AbortSignal
}

/** An answer with 200 that is no JSON. */
export class RawReply {
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>

  constructor(bytes: Uint8Array, headers: Readonly<Record<string, string>>) {
    this.bytes = bytes
    this.headers = headers
  }
}

/** A JSON value is answered with 200. */
type Answered = Json | RawReply | Promise<Json | RawReply>
export type Handler = (call: Call) => Answered

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below `/_matrix/client/v3`, or from the root; parameters as `:name`, each filling one whole segment. */
  readonly path: string
  readonly handle: Handler
}

export type Found =
  | { readonly handle: Handler; readonly params: Readonly<Record<string, string>> }
  /** The path exists with other methods. */
  | 'other-method'
  | undefined

const VERSIONS = ['/_matrix/client/v3', '/_matrix/client/r0']

/** Finds the handler of a request; where several rows fit, the first one wins. */
export class Routes {
  readonly #bySize = new Map<number, { segments: readonly string[]; route: Route }[]>()

  constructor(table: readonly Route[]) {
    for (const route of table) {
      const paths = /^\/[._]/.test(route.path)
        ? [route.path]
        : VERSIONS.map((version) => version + route.path)
      for (const path of paths) this.#add(path.split('/'), route)
    }
  }

  find(method: string, path: string): Found {
    const segments = unescaped(path)
    if (segments === undefined) return undefined
    const rows = this.#bySize.get(segments.length) ?? []
    const fitting = rows.filter((row) => fits(row.segments, segments))
    const row = fitting.find(({ route }) => route.method === method)
    if (row === undefined) return fitting.length > 0 ? 'other-method' : undefined
    return { handle: row.route.handle, params: paramsOf(row.segments, segments) }
  }

  #add(segments: readonly string[], route: Route): void {
    const rows = this.#bySize.get(segments.length) ?? []
    rows.push({ segments, route })
    this.#bySize.set(segments.length, rows)
  }
}

/** Undefined where an escape is broken. */
function unescaped(path: string): readonly string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.every((part, index) => part.startsWith(':') || part === segments[index])

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = segments[index] ?? ''
  }
  return params
}
