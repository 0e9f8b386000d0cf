import { stringAt } from '../../matrix/content.ts'
import type { Event, Json } from '../../matrix/event.ts'
import { EventFormatError, readEvent } from '../../matrix/read-event.ts'
import type { Answer, Asked, Delivery, Room } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import type { Handler, Inbound, Outcome } from '../handlers/handler.ts'
import type { Parts } from '../parts.ts'
import type { Services } from '../services.ts'
import { operations } from '../../wire/endpoints.ts'
import { orNotFound, type Pretence, pretended } from './pretence.ts'
import type { Changing } from './until.ts'

export type Respond = (
  asked: Asked,
  honest: () => Promise<Answer>,
) => Answer | undefined | Promise<Answer | undefined>

interface Scripted {
  readonly operation: string
  readonly respond: Respond
}

interface Parcel {
  readonly pdu: Json
  readonly from: string
  readonly transaction: string
  readonly exchange: number
}

/** More than a scenario can look through; what comes later is not kept. */
const maxKept = 20_000

/** What a peer hears, and what a scenario makes it say instead of the truth. */
export class Script implements Changing {
  readonly #requests: Asked[] = []
  readonly #parcels: Parcel[] = []
  readonly #underJudgement = new Set<Parcel>()
  readonly #scripted: Scripted[] = []
  readonly #pretences: Pretence[] = []
  readonly #observers = new Set<() => void>()
  readonly #read = new WeakMap<object, Event>()
  /** Whether an answer may hold what the scenario has forged, so that it is not held against the harness. */
  readonly #mayLie: () => boolean
  #withholding = 0

  constructor(mayLie: () => boolean) {
    this.#mayLie = mayLie
  }

  observe(observer: () => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  requests(operation?: string): readonly Asked[] {
    return operation === undefined
      ? [...this.#requests]
      : this.#requests.filter((asked) => asked.operation === operation)
  }

  /** What came in, in words. */
  heard(operation: string): string {
    const counts = new Map<string, number>()
    for (const asked of this.#requests)
      counts.set(asked.operation, (counts.get(asked.operation) ?? 0) + 1)
    const all = [...counts].map(([name, count]) => `${count} × ${name}`).join(', ')
    return `${counts.get(operation) ?? 0} × ${operation}; all requests: ${all || 'none'}`
  }

  deliveries(room: Room): readonly Delivery[] {
    return this.#parcels.flatMap(({ pdu, ...how }) => {
      const event = this.#eventOf(pdu, room)
      return event === undefined ? [] : [{ event, ...how }]
    })
  }

  #tell(): void {
    for (const observer of this.#observers) observer()
  }

  /** Whether the event is part of a transaction that has come in, but is not yet answered. */
  isUnderJudgement(room: Room, eventId: string): boolean {
    return [...this.#underJudgement].some(({ pdu }) => this.#eventOf(pdu, room)?.id === eventId)
  }

  #eventOf(pdu: Json, room: Room): Event | undefined {
    if (typeof pdu !== 'object' || pdu === null || stringAt(pdu, 'room_id') !== room.id)
      return undefined
    const known = this.#read.get(pdu)
    if (known !== undefined) return known
    try {
      const event = readEvent(pdu, room.version)
      this.#read.set(pdu, event)
      return event
    } catch (error) {
      if (error instanceof EventFormatError) return undefined
      throw error
    }
  }

  async answering<T>(operation: string, respond: Respond, during: () => Promise<T>): Promise<T> {
    const scripted = { operation, respond }
    this.#scripted.push(scripted)
    try {
      return await during()
    } finally {
      this.#scripted.splice(this.#scripted.indexOf(scripted), 1)
    }
  }

  async withholding<T>(during: () => Promise<T>): Promise<T> {
    this.#withholding += 1
    try {
      return await during()
    } finally {
      this.#withholding -= 1
    }
  }

  async pretending<T>(pretence: Pretence, during: () => Promise<T>): Promise<T> {
    this.#pretences.push(pretence)
    try {
      return await during()
    } finally {
      this.#pretences.splice(this.#pretences.indexOf(pretence), 1)
    }
  }

  /** The parts of a server that follows the script, and is as it was wherever the script says nothing. */
  direct(parts: Parts): Parts {
    const every = { ...unanswered, ...parts.handlers }
    const handlers = Object.fromEntries(
      Object.entries(every).map(([operation, handler]) => [
        operation,
        this.#listening(operation === 'send' ? this.#collecting(handler) : handler),
      ]),
    )
    const { destinations } = parts.sending
    return {
      ...parts,
      handlers,
      sending: {
        ...parts.sending,
        destinations: (...all) => (this.#withholding > 0 ? [] : destinations(...all)),
      },
    }
  }

  /** Notes what a transaction brings, once however often it comes. */
  #collecting(handler: Handler): Handler {
    const seen = new Set<string>()
    return async (services, inbound) => {
      const transaction = inbound.params['txnId'] ?? ''
      const key = `${inbound.origin} ${transaction}`
      const { pdus } = inbound.body
      if (!Array.isArray(pdus) || seen.has(key)) return handler(services, inbound)
      seen.add(key)
      const { origin: from, exchange } = inbound
      const parcels = pdus.map((pdu) => ({ pdu, from, transaction, exchange }))
      if (this.#parcels.length < maxKept) this.#parcels.push(...parcels)
      for (const parcel of parcels) this.#underJudgement.add(parcel)
      try {
        return await handler(services, inbound)
      } finally {
        // Not before the answer is on its way: what a story does next must not get in between.
        setImmediate(() => {
          for (const parcel of parcels) this.#underJudgement.delete(parcel)
          this.#tell()
        })
      }
    }
  }

  #listening(handler: Handler): Handler {
    return async (services, inbound) => {
      const asked = askedBy(inbound)
      if (this.#requests.length < maxKept) this.#requests.push(asked)
      let honest: Promise<Outcome> | undefined
      const beHonest = () => {
        honest ??= outcomeOf(handler, services, inbound)
        return honest
      }
      const scripted = this.#scripted.findLast(({ operation }) => operation === asked.operation)
      const answer = await scripted?.respond(asked, async () => answerOf(await beHonest()))
      const outcome =
        answer === undefined
          ? this.#unscripted(asked.operation, await beHonest(), services)
          : scriptedOutcome(answer)
      this.#tell()
      return outcome
    }
  }

  #unscripted(operation: string, honest: Outcome, { rooms }: Services): Outcome {
    const find = (room: Room) => (id: string) => rooms.get(room.id)?.lookup(id)
    const said = this.#pretences.reduce<Outcome>(
      (outcome, pretence) =>
        pretended(outcome, pretence, {
          read: (pdu) => this.#eventOf(pdu, pretence.room),
          find: find(pretence.room),
        }),
      honest,
    )
    const isLie = said.deliberate === true || this.#mayLie()
    return { ...orNotFound(operation, said), ...(isLie ? { deliberate: true } : {}) }
  }
}

function askedBy({ origin, ...rest }: Inbound): Asked {
  return { from: origin, ...rest }
}

async function outcomeOf(handler: Handler, ...all: Parameters<Handler>): Promise<Outcome> {
  try {
    return await handler(...all)
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    return { status: error.status, json: error.body }
  }
}

/** What an operation comes to that this server does not know, until a script knows an answer. */
const unanswered: Parts['handlers'] = Object.fromEntries(
  Object.keys(operations).map((name) => [
    name,
    () => {
      throw new MatrixError(404, 'M_UNRECOGNIZED', 'not implemented here')
    },
  ]),
)

const answerOf = ({ status, json, bytes, headers }: Outcome): Answer => ({
  status,
  ...(json === undefined ? {} : { body: json }),
  ...(bytes === undefined ? {} : { bytes }),
  ...(headers === undefined ? {} : { headers }),
})

const scriptedOutcome = ({ status, body, bytes, headers }: Answer): Outcome => ({
  status,
  ...(body === undefined ? {} : { json: body }),
  ...(bytes === undefined ? {} : { bytes }),
  ...(headers === undefined ? {} : { headers }),
  deliberate: true,
})
