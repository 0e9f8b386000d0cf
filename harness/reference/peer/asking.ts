import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from '../../matrix/event.ts'
import type { WireClient, WireRequest } from '../../wire/client.ts'
import { WireError } from '../../wire/wire-error.ts'
import { Inconclusive, Nonconformance, Refused } from '../../world/errors.ts'
import type { Reply } from '../../world/homeserver.ts'
import { MatrixError, PassedOn } from '../errors.ts'

/** A story that goes on though it was given up must not keep the others from going on. */
const givenUpMs = 100

/** How long one answer may take where one wait of the story may take `patienceMs`. */
export const answerMs = (patienceMs: number): number => Math.max(5_000, 6 * patienceMs)

/** One request by hand. Throws Nonconformance where the other server gives no complete answer, unless the harness itself saw to that. */
export async function ask(client: WireClient, request: WireRequest): Promise<Reply> {
  try {
    const { status, headers, json, jsonError, exchange } = await client.request(request)
    return { status, headers, json, ...(jsonError === undefined ? {} : { jsonError }), exchange }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const what = request.operation ?? request.uri ?? 'a request'
    if (error.code === 'abandoned') await delay(givenUpMs)
    if (error.code === 'cut' || error.code === 'abandoned')
      throw new Inconclusive(`${what} was ${error.code}: ${error.message}`)
    throw new Nonconformance(`${request.destination} gave no complete answer to ${what}`, {
      expected: 'an answer',
      actual: `${error.code}: ${error.message}`,
      exchanges: [error.exchange],
    })
  }
}

/** What a user of ours asks of the reference: its refusals are those of any server. */
export async function asUser<T>(deed: () => T | Promise<T>): Promise<T> {
  try {
    return await deed()
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    const { status, errcode, message } = error
    const byAnother = error instanceof PassedOn || status === badGateway
    throw new Refused(status, errcode, message, !byAnother)
  }
}

/** Another server answered wrongly or not at all. */
const badGateway = 502

export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : []
