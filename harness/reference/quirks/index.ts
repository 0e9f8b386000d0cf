import { authRuleQuirks } from './auth-rules.ts'
import { deliveryQuirks } from './delivery.ts'
import { exploringQuirks } from './exploring.ts'
import { graphQuirks } from './graph.ts'
import { invitingQuirks } from './inviting.ts'
import { joinerQuirks } from './joiner.ts'
import { nearMissList, oddInEveryWay } from './near-misses.ts'
import { omitAuthChain } from './omit-auth-chain.ts'
import { onDemandQuirks } from './on-demand.ts'
import { outageQuirks } from './outages.ts'
import type { Mutant, Quirk } from './quirk.ts'
import { peopleQuirks } from './people.ts'
import { receiptQuirks } from './receipt.ts'
import { requestQuirks } from './requests.ts'
import { residentQuirks } from './resident.ts'
import { roomQuirks } from './rooms.ts'

export type { Mutant, NearMiss, Quirk } from './quirk.ts'

const byId = <One extends Mutant>(all: readonly One[]): Readonly<Record<string, One>> =>
  Object.fromEntries(all.map((one) => [one.id, one]))

export const quirkList: readonly Quirk[] = [
  omitAuthChain,
  ...requestQuirks,
  ...residentQuirks,
  ...joinerQuirks,
  ...invitingQuirks,
  ...deliveryQuirks,
  ...outageQuirks,
  ...receiptQuirks,
  ...authRuleQuirks,
  ...graphQuirks,
  ...onDemandQuirks,
  ...peopleQuirks,
  ...roomQuirks,
  ...exploringQuirks,
]

export { nearMissList }

/** Faults that a check has to find, by id. */
export const quirks = byId(quirkList)

/** Oddities that no check may find fault with, by id. */
export const nearMisses = byId(nearMissList)

/** The near-miss that is all the others together. */
export const oddest = oddInEveryWay.id

/** All that `embedded:ID` can be. */
export const mutants: Readonly<Record<string, Mutant>> = { ...quirks, ...nearMisses }
