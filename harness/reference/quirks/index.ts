import { acceptStrangers } from './accept-strangers.ts'
import { forgetQueue } from './forget-queue.ts'
import { omitAuthChain } from './omit-auth-chain.ts'
import type { Quirk } from './quirk.ts'

export type { Quirk } from './quirk.ts'

/** All quirks by id. */
export const quirks: Readonly<Record<string, Quirk>> = Object.fromEntries(
  [omitAuthChain, acceptStrangers, forgetQueue].map((quirk) => [quirk.id, quirk]),
)
