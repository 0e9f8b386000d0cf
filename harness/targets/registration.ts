import { randomBytes } from 'node:crypto'
import type { Json, JsonObject } from '../matrix/event.ts'
import { Inconclusive, Refused, Unsupported } from '../world/errors.ts'
import { textIn, valueIn } from './client.ts'
import type { Answered } from './client.ts'
import { Session } from './session.ts'
import type { SessionContext } from './session.ts'

const DUMMY = 'm.login.dummy'

/**
 * Registers a fresh user with `m.login.dummy` (client-server API, "User-interactive authentication"). The localpart
 * begins with `localpart`; what follows makes it unique, also where a server keeps users from one run to the next.
 * @throws Unsupported where the target wants more than a dummy stage
 */
export async function register(context: SessionContext, localpart: string): Promise<Session> {
  const username = `${localpart}-${randomBytes(5).toString('hex')}`
  const nobody = new Session(context, '')
  const account = { username, password: randomBytes(12).toString('hex') }
  let answer = await attempt(nobody, { ...account, auth: { type: DUMMY } })
  if (answer.status === 401 && allowsDummy(answer.json)) {
    const session = valueIn(answer.json, 'session')
    const auth = { type: DUMMY, ...(session === undefined ? {} : { session }) }
    answer = await attempt(nobody, { ...account, auth })
  }
  return loggedIn(context, answer)
}

const attempt = (nobody: Session, body: JsonObject): Promise<Answered> =>
  nobody.answerTo({ method: 'POST', path: ['register'], body })

function allowsDummy(json: Json | undefined): boolean {
  const flows = valueIn(json, 'flows')
  return Array.isArray(flows) && flows.some((flow: Json) => isDummy(valueIn(flow, 'stages')))
}

const isDummy = (stages: Json | undefined): boolean =>
  Array.isArray(stages) && stages.every((stage) => stage === DUMMY)

function loggedIn(context: SessionContext, answer: Answered): Session {
  const user = textIn(answer.json, 'user_id')
  const token = textIn(answer.json, 'access_token')
  if (answer.status === 200 && user !== undefined && token !== undefined) {
    return new Session(context, user, token)
  }
  const errcode = textIn(answer.json, 'errcode') ?? 'without errcode'
  const words = textIn(answer.json, 'error') ?? 'no message'
  if (answer.status === 401 || answer.status === 403) {
    throw new Unsupported(
      'missing-capability:registration',
      `the target does not let users register with ${DUMMY}: ${answer.status} ${errcode}: ${words}`,
    )
  }
  if (answer.status !== 200) throw new Refused(answer.status, errcode, `registration: ${words}`)
  throw new Inconclusive('the answer to a registration holds no user_id and access_token')
}
