import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../matrix/event.ts'
import { MatrixError } from '../errors.ts'
import { optionalObject, optionalText } from './fields.ts'

/** Sessions that are under way; the oldest are given up. */
const mostSessions = 1_000

interface Session {
  readonly purpose: string
  readonly completed: readonly string[]
}

/** What has to be shown before a request is carried out. */
export interface Demand {
  /** A session counts for the purpose for which it was begun. */
  readonly purpose: string
  /** Each a sequence of stages. */
  readonly flows: readonly (readonly string[])[]
  /** Throws MatrixError where what the client has sent for the stage does not do. */
  readonly check: (stage: string, auth: JsonObject) => void | Promise<void>
}

/** client-server-api#user-interactive-authentication-api. Sessions do not outlive the process. */
export class InteractiveAuth {
  readonly #sessions = new Map<string, Session>()

  /**
   * Comes back when the `auth` of a body completes a flow.
   * @throws MatrixError 401 with what is still to be done, without errcode where nothing went wrong yet
   */
  async demand(body: JsonObject, demand: Demand): Promise<void> {
    const auth = optionalObject(body, 'auth')
    const given = auth === undefined ? undefined : optionalText(auth, 'session')
    const stage = auth === undefined ? undefined : optionalText(auth, 'type')
    const session = this.#open(given, demand)
    if (auth === undefined) throw unfinished(session, demand)
    if (stage === undefined) {
      if (isComplete(session.completed, demand)) return this.#close(session)
      throw unfinished(session, demand)
    }
    const completed = await pass(session, { stage, auth }, demand)
    if (isComplete(completed, demand)) return this.#close(session)
    const further = { ...session, completed }
    this.#keep(further)
    throw unfinished(further, demand)
  }

  #open(id: string | undefined, { purpose }: Demand): Session & { readonly id: string } {
    const known = id === undefined ? undefined : this.#sessions.get(id)
    if (id !== undefined && known?.purpose === purpose) return { id, ...known }
    const session = { id: randomBytes(12).toString('hex'), purpose, completed: [] }
    this.#keep(session)
    return session
  }

  #keep({ id, ...session }: Session & { readonly id: string }): void {
    this.#sessions.set(id, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest)
  }

  #close({ id }: { readonly id: string }): void {
    this.#sessions.delete(id)
  }
}

type Open = Session & { readonly id: string }

/** The stages that are done after this one. */
async function pass(
  session: Open,
  { stage, auth }: { readonly stage: string; readonly auth: JsonObject },
  demand: Demand,
): Promise<readonly string[]> {
  const { completed } = session
  if (completed.includes(stage)) return completed
  if (!demand.flows.some((stages) => isBegin([...completed, stage], stages)))
    throw refused(session, demand, [
      'M_UNRECOGNIZED',
      `${stage} is no stage of authentication here`,
    ])
  try {
    await demand.check(stage, auth)
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    if (error.status === 400) throw error
    throw refused(session, demand, [error.errcode, error.message])
  }
  return [...completed, stage]
}

const isBegin = (some: readonly string[], all: readonly string[]): boolean =>
  some.every((stage, index) => stage === all[index])

const isComplete = (completed: readonly string[], { flows }: Demand): boolean =>
  flows.some((stages) => stages.length === completed.length && isBegin(completed, stages))

function fieldsOf({ id, completed }: Open, { flows }: Demand): JsonObject {
  return {
    flows: flows.map((stages) => ({ stages })),
    params: {},
    session: id,
    completed,
  }
}

const refused = (session: Open, demand: Demand, [errcode, error]: readonly [string, string]) =>
  new MatrixError(401, errcode, error, fieldsOf(session, demand))

/** Who has done nothing wrong gets no errcode. */
class Unfinished extends MatrixError {
  override get body(): JsonObject {
    return this.fields
  }
}

const unfinished = (session: Open, demand: Demand): MatrixError =>
  new Unfinished(401, '', 'authentication is needed', fieldsOf(session, demand))
