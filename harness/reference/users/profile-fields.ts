import type { Json } from '../../matrix/event.ts'
import { invalidParam, MatrixError } from '../errors.ts'

/** client-server-api#profiles: a whole profile is smaller than this, and the name of a field at most that long. */
const maxProfileBytes = 65_536
const maxNameBytes = 255

/** Fields that are spread in memberships and presence. */
export const spread: readonly string[] = ['displayname', 'avatar_url']

/** displayname, avatar_url and m.tz, or a namespaced name (appendices#common-namespaced-identifier-grammar). */
const nameForm = /^(?:displayname|avatar_url|[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)+)$/

export type Profile = Readonly<Record<string, Json>>

/** M_KEY_TOO_LARGE, M_INVALID_PARAM. */
export function checkFieldName(name: string): void {
  if (Buffer.byteLength(name) > maxNameBytes)
    throw new MatrixError(400, 'M_KEY_TOO_LARGE', 'the name of the field is too long')
  if (!nameForm.test(name)) throw invalidParam(`${name} is no field of a profile`)
}

/** The profile with another value of a field, undefined for none. M_KEY_TOO_LARGE, M_INVALID_PARAM, M_BAD_JSON, M_PROFILE_TOO_LARGE. */
export function withField(profile: Profile, name: string, value: Json | undefined): Profile {
  checkFieldName(name)
  const { [name]: _, ...others } = profile
  if (value === undefined) return others
  const isText = spread.includes(name) || name === 'm.tz'
  if (isText && typeof value !== 'string')
    throw new MatrixError(400, 'M_BAD_JSON', `${name} is no text`)
  const changed = { ...others, [name]: value }
  if (Buffer.byteLength(JSON.stringify(changed)) >= maxProfileBytes)
    throw new MatrixError(400, 'M_PROFILE_TOO_LARGE', 'a profile is smaller than 64 KiB')
  return changed
}
