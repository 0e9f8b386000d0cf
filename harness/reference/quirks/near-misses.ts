import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { OperationName } from '../../wire/endpoints.ts'
import { MatrixError } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { chosenByLot, oddForms } from './odd-forms.ts'
import type { NearMiss } from './quirk.ts'
import { answering, everywhere, listIn } from './rewrite.ts'

const reversed = (parts: Parts, operation: OperationName, ...keys: readonly string[]): Parts =>
  answering(parts, operation, (body) => ({
    ...body,
    ...Object.fromEntries(keys.map((key) => [key, listIn(body, key).toReversed()])),
  }))

const otherOrder: NearMiss = {
  id: 'other-order',
  wording: 'gives states, auth chains and backfill in another order',
  leftOpenBy: 'server-server-api#put_matrixfederationv2send_joinroomideventid',
  apply: (parts) => {
    const states = reversed(parts, 'sendJoin', 'state', 'auth_chain')
    const chains = reversed(
      reversed(states, 'state', 'pdus', 'auth_chain'),
      'eventAuth',
      'auth_chain',
    )
    return reversed(reversed(chains, 'stateIds', 'pdu_ids', 'auth_chain_ids'), 'backfill', 'pdus')
  },
}

const stateInAuthChain: NearMiss = {
  id: 'state-in-auth-chain',
  wording: 'repeats the whole state in the auth chain of send_join',
  leftOpenBy: 'server-server-api#put_matrixfederationv2send_joinroomideventid',
  apply: (parts) =>
    answering(parts, 'sendJoin', (body) => {
      const [state, chain] = [listIn(body, 'state'), listIn(body, 'auth_chain')]
      const known = new Set(chain.map((one) => JSON.stringify(one)))
      const others = state.filter((one) => !known.has(JSON.stringify(one)))
      return { ...body, auth_chain: [...chain, ...others] }
    }),
}

const shortPages: NearMiss = {
  id: 'short-pages',
  wording: 'gives at most two events at a time by get_missing_events, the latest ones',
  leftOpenBy: 'server-server-api#post_matrixfederationv1get_missing_eventsroomid',
  apply: (parts) =>
    answering(parts, 'getMissingEvents', (body) => ({
      ...body,
      events: listIn(body, 'events').slice(-2),
    })),
}

const slowAnswers: NearMiss = {
  id: 'slow-answers',
  wording: 'takes its time for every answer to another server',
  leftOpenBy: 'server-server-api#api-standards',
  apply: (parts) =>
    everywhere(parts, (honest) => async (...asked) => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return honest(...asked)
    }),
}

const extra: Json = { 'org.fedcheck.note': 'nobody needs to know this' }

const furtherFields: NearMiss = {
  id: 'further-fields',
  wording: 'adds a field that nobody knows to every answer',
  leftOpenBy: 'server-server-api#api-standards',
  apply: (parts) =>
    everywhere(parts, (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      // Where the body is signed, lists things by name or has to be empty, more of it would mean something.
      const isFree =
        isObject(outcome.json) &&
        !['serverKeys', 'queryKeys', 'profile', 'sendLeave'].includes(inbound.operation)
      return isFree ? { ...outcome, json: { ...outcome.json, ...extra } } : outcome
    }),
}

const oneByOne: NearMiss = {
  id: 'one-by-one',
  wording: 'sends every event in a transaction of its own',
  leftOpenBy: 'server-server-api#transactions',
  apply: (parts) => ({ ...parts, sending: { ...parts.sending, maxPdus: 1 } }),
}

const unknownRooms: NearMiss = {
  id: 'unknown-to-outsiders',
  wording: 'tells servers outside a room that there is no such room or event',
  leftOpenBy: 'server-server-api#get_matrixfederationv1eventeventid',
  apply: (parts) =>
    everywhere(parts, (honest) => async (services, inbound) => {
      try {
        return await honest(services, inbound)
      } catch (error) {
        if (!(error instanceof MatrixError) || error.errcode !== 'M_FORBIDDEN') throw error
        if (['makeJoin', 'sendJoin', 'makeLeave', 'sendLeave', 'send'].includes(inbound.operation))
          throw error
        throw new MatrixError(404, 'M_NOT_FOUND', 'there is nothing of that name')
      }
    }),
}

const single: readonly NearMiss[] = [
  // These tell by the order what lies nearest, so they come before those that change it.
  shortPages,
  chosenByLot,
  otherOrder,
  stateInAuthChain,
  slowAnswers,
  furtherFields,
  oneByOne,
  unknownRooms,
  ...oddForms,
]

/** All at once, since each leaves room for the others. */
export const oddInEveryWay: NearMiss = {
  id: 'odd-in-every-way',
  wording: 'is odd in all of these ways',
  leftOpenBy: 'server-server-api#api-standards',
  apply: (parts) => single.reduce((odd, one) => one.apply(odd), parts),
}

export const nearMissList: readonly NearMiss[] = [oddInEveryWay, ...single]
