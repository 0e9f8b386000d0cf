import { authorize } from './auth-rules/authorize.ts'
import { checkAuthEvents } from './auth-rules/cited.ts'
import type { AuthState } from './auth-rules/deed.ts'
import type { Refusal } from './auth-rules/refusal.ts'
import { authStateOf } from './auth-rules/state-of.ts'
import type { Event, Json } from './event.ts'
import type { FormatOptions } from './event-format.ts'
import { EventFormatError, readEvent } from './read-event.ts'
import { redact } from './redact.ts'
import type { RoomVersion } from './room-version.ts'
import {
  checkContentHash,
  checkSignatures,
  type KeyLookup,
  type SignatureProblem,
} from './sign-event.ts'

/** Checks 1 to 3 of server-server-api#checks-performed-on-receipt-of-a-pdu: of the event alone. */
export interface ProofChecks {
  /** Throws EventFormatError. */
  readonly readEvent: (json: Json, version: RoomVersion, options?: FormatOptions) => Event
  readonly checkSignatures: (event: Event, keys: KeyLookup) => readonly SignatureProblem[]
  readonly checkContentHash: (event: Event) => boolean
}

/** Checks 4 to 6: of the event in its room. */
export interface AuthChecks {
  /** `create` is the room's, where events do not cite it. */
  readonly authAtAuthEvents: (
    event: Event,
    cited: readonly Event[],
    rejected: (id: string) => boolean,
    create: Event | undefined,
  ) => Refusal | undefined
  readonly authAtStateBefore: (event: Event, state: AuthState) => Refusal | undefined
  readonly softFailure: (event: Event, current: AuthState) => Refusal | undefined
}

export const proofChecks: ProofChecks = { readEvent, checkSignatures, checkContentHash }

export const authChecks: AuthChecks = {
  authAtAuthEvents: (event, cited, rejected, create) =>
    checkAuthEvents(event, cited, rejected) ??
    authorize(event, authStateOf(create === undefined ? cited : [create, ...cited])),
  authAtStateBefore: (event, state) => authorize(event, state),
  softFailure: (event, current) => authorize(event, current),
}

/** By check 1 or 2 it is none of the room's events. `id` is absent where there is not even an event to take it from. */
export interface Dropped {
  readonly fate: 'dropped'
  readonly id?: string
  readonly problem: string
}

/** An event as it counts from now on: redacted where its content hash was wrong (check 3). */
export interface Proven {
  readonly event: Event
  readonly redacted: boolean
}

/** What checks 4 to 6 say: against what the event cites, the state before it, and the current state. */
export type Verdict =
  | { readonly fate: 'accepted' }
  | { readonly fate: 'rejected'; readonly check: 4 | 5; readonly refusal: Refusal }
  | { readonly fate: 'soft-failed'; readonly check: 6; readonly refusal: Refusal }

interface Reading {
  readonly format?: FormatOptions
  readonly checks?: Pick<ProofChecks, 'readEvent'>
}

/** Check 1, for which nobody's key is needed. */
export function readReceived(
  json: Json,
  version: RoomVersion,
  { format, checks = proofChecks }: Reading = {},
): Event | Dropped {
  try {
    return checks.readEvent(json, version, format)
  } catch (error) {
    if (!(error instanceof EventFormatError)) throw error
    return { fate: 'dropped', problem: `not a valid event: ${error.message}` }
  }
}

/** Checks 2 and 3. */
const prove = (
  event: Event,
  keys: KeyLookup,
  checks: Omit<ProofChecks, 'readEvent'> = proofChecks,
): Proven | Dropped =>
  provenBy(event, checks.checkSignatures(event, keys), checks.checkContentHash(event))

/** What checks 2 and 3 come to: what is wrong with the signatures, and whether the content hash is right. */
export function provenBy(
  event: Event,
  [problem]: readonly SignatureProblem[],
  isIntact: boolean,
): Proven | Dropped {
  if (problem !== undefined) {
    const { server, problem: what } = problem
    return { fate: 'dropped', id: event.id, problem: `signature of ${server}: ${what}` }
  }
  return { event: isIntact ? event : withoutContent(event), redacted: !isIntact }
}

/** The event as it is left by redaction. */
export const withoutContent = (event: Event): Event => ({
  ...event,
  pdu: redact(event.pdu, event.version),
})

/** What is known of the room around an event. */
export interface Surroundings {
  /** All that it names in `auth_events`. */
  readonly cited: readonly Event[]
  /** Of the room, where events do not cite it. */
  readonly create?: Event | undefined
  readonly rejected: (id: string) => boolean
  readonly before: AuthState
  /** Absent: the event is not new, so that the current state has no say (check 6). */
  readonly current?: AuthState | undefined
}

export function judgeReceived(
  event: Event,
  { cited, create, rejected, before, current }: Surroundings,
  checks: AuthChecks = authChecks,
): Verdict {
  const byCited = checks.authAtAuthEvents(event, cited, rejected, create)
  if (byCited !== undefined) return { fate: 'rejected', check: 4, refusal: byCited }
  const byState = checks.authAtStateBefore(event, before)
  if (byState !== undefined) return { fate: 'rejected', check: 5, refusal: byState }
  const soft = current === undefined ? undefined : checks.softFailure(event, current)
  if (soft !== undefined) return { fate: 'soft-failed', check: 6, refusal: soft }
  return { fate: 'accepted' }
}

/** All that the fate of a PDU depends on. */
export interface Circumstances {
  readonly version: RoomVersion
  readonly keys: KeyLookup
  /** Asked for an event that has passed the checks before. */
  readonly surroundings: (event: Event) => Surroundings
  readonly format?: FormatOptions
}

export type Receipt = Dropped | (Proven & Verdict)

/** What becomes of a PDU: every check of server-server-api#checks-performed-on-receipt-of-a-pdu, in their order. */
export function receive(
  json: Json,
  { version, keys, surroundings, format }: Circumstances,
): Receipt {
  const read = readReceived(json, version, format === undefined ? {} : { format })
  if ('fate' in read) return read
  const proven = prove(read, keys)
  if ('fate' in proven) return proven
  return { ...proven, ...judgeReceived(proven.event, surroundings(proven.event)) }
}
