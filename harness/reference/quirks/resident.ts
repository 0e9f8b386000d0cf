import { valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { MatrixError } from '../errors.ts'
import { type Handler, ok, param } from '../handlers/handler.ts'
import { pdusOf } from '../../matrix/write-body.ts'
import { draftPdu } from '../rooms/build.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, hearing, listIn, without } from './rewrite.ts'

/** Whoever names one version only knows it already: so the fault does not stop every join. */
const isSure = (query: Readonly<Record<string, readonly string[]>>): boolean =>
  (query['ver'] ?? []).length === 1

const templateWithoutVersion: Quirk = {
  id: 'template-without-version',
  wording: 'leaves the room version out of make_join for who named one version only',
  breaks: ['ss.mj.room_version_present'],
  apply: (parts) =>
    answering(parts, 'makeJoin', (body, { inbound }) =>
      isSure(inbound.query) ? without(body, 'room_version') : body,
    ),
}

const templateOfAnother: Quirk = {
  id: 'template-of-another',
  wording: 'names another user in the template of make_join for who named one version only',
  breaks: ['ss.mj.event.sender', 'ss.mj.event.state_key'],
  apply: (parts) =>
    answering(parts, 'makeJoin', (body, { services, inbound }) => {
      const sender = `@somebody:${services.name}`
      const event = valueAt(body, 'event')
      return isSure(inbound.query) && isObject(event)
        ? { ...body, event: { ...event, sender, state_key: sender } }
        : body
    }),
}

const ignoreVer: Quirk = {
  id: 'ignore-ver',
  wording: 'answers make_join also to who cannot use the room version',
  breaks: ['ss.mj.400.incompatible'],
  apply: (parts) =>
    hearing(parts, 'makeJoin', (inbound, { rooms }) => {
      const version = rooms.get(param(inbound, 'roomId'))?.version.id
      return version === undefined
        ? inbound
        : { ...inbound, query: { ...inbound.query, ver: [version] } }
    }),
}

const withoutVersionName: Quirk = {
  id: 'incompatible-without-version',
  wording: 'does not say which room version it is that the joiner cannot use',
  breaks: ['ss.mj.400.incompatible_room_version_field'],
  apply: (parts) =>
    handling(parts, 'makeJoin', (honest) => async (services, inbound) => {
      try {
        return await honest(services, inbound)
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error
        throw new MatrixError(error.status, error.errcode, error.message)
      }
    }),
}

/** Makes a template without asking whether it may. */
const unasked: Handler = (services, inbound) => {
  const room = services.rooms.get(param(inbound, 'roomId'))
  if (room === undefined) throw new MatrixError(404, 'M_NOT_FOUND', 'there is no such room')
  const user = param(inbound, 'userId')
  const content = { membership: 'join' }
  const draft = { type: 'm.room.member', state_key: user, sender: user, content }
  return ok({
    room_version: room.version.id,
    event: { ...draftPdu(room, draft, services.clock(), { extra: { origin: services.name } }) },
  })
}

const openToAll: Quirk = {
  id: 'make-join-for-anyone',
  wording: 'answers make_join to users who were not invited',
  breaks: ['ss.mj.403.forbidden'],
  apply: (parts) =>
    handling(parts, 'makeJoin', (honest) => async (services, inbound) => {
      try {
        return await honest(services, inbound)
      } catch (error) {
        if (error instanceof MatrixError && error.errcode === 'M_FORBIDDEN')
          return unasked(services, inbound)
        throw error
      }
    }),
}

const foreignUsers: Quirk = {
  id: 'make-join-for-foreign-users',
  wording: 'answers make_join for users of other servers than the one that asks',
  breaks: ['ss.mj.user_on_origin'],
  apply: (parts) =>
    hearing(parts, 'makeJoin', (inbound) => ({
      ...inbound,
      origin: serverNameOf(param(inbound, 'userId')),
    })),
}

const typeOf = (one: Json): Json | undefined => valueAt(one, 'type')

/** Kept are those that every server needs to judge the join. */
const bare = ['m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.join_rules']

const thinState: Quirk = {
  id: 'thin-state',
  wording: 'gives only the state that auth rules speak of in send_join',
  breaks: ['seed.S15', 'ss.sj.state_prior_to_join'],
  topples: [
    'ss.sj.joining.persists_state',
    'ss.repl.state_res_consistent',
    'ss.sr.before_is_resolution',
    'seed.S27',
    'seed.S28',
    'seed.S04',
  ],
  apply: (parts) =>
    answering(parts, 'sendJoin', (body) => ({
      ...body,
      state: listIn(body, 'state').filter((one) => bare.some((type) => type === typeOf(one))),
    })),
}

const stateAfterJoin: Quirk = {
  id: 'state-after-join',
  wording: 'gives the state after the join in send_join',
  breaks: ['ss.sj.state_prior_to_join'],
  apply: (parts) =>
    answering(parts, 'sendJoin', (body) => ({
      ...body,
      state: [...listIn(body, 'state'), body['event'] ?? null],
    })),
}

const firstState: Quirk = {
  id: 'stale-state',
  wording: 'gives in send_join the first event of each type of state, not the last',
  breaks: ['ss.sj.state_prior_to_join', 'seed.S04'],
  topples: 'all',
  apply: (parts) =>
    answering(parts, 'sendJoin', (body, { services, inbound }) => {
      const room = services.rooms.get(param(inbound, 'roomId'))
      const first = (one: Json): Json => {
        if (room === undefined || typeOf(one) !== 'm.room.name') return one
        const node = room.nodes.find(({ event }) => event.pdu.type === 'm.room.name')
        return node === undefined ? one : { ...node.event.pdu }
      }
      return { ...body, state: listIn(body, 'state').map(first) }
    }),
}

const losesJoins: Quirk = {
  id: 'lose-joins',
  wording: 'grants send_join and does not take the join up',
  breaks: ['ss.sj.accepted_into_graph'],
  topples: 'all',
  apply: (parts) =>
    handling(parts, 'sendJoin', () => (services, inbound) => {
      const room = services.rooms.get(param(inbound, 'roomId'))
      const state = [...(room?.current.values() ?? [])].flatMap((id) => room?.lookup(id) ?? [])
      const chain = room === undefined ? [] : services.parts.making.authChain(room, state)
      return ok({
        origin: services.name,
        state: pdusOf(state),
        auth_chain: pdusOf(chain),
        event: inbound.body,
        members_omitted: false,
      })
    }),
}

const ignoreDeclines: Quirk = {
  id: 'ignore-declines',
  wording: 'grants send_leave and does not take the leave up',
  breaks: ['ss.sl.accepted_into_graph'],
  apply: (parts) => handling(parts, 'sendLeave', () => () => ok({})),
}

export const residentQuirks: readonly Quirk[] = [
  templateWithoutVersion,
  templateOfAnother,
  ignoreVer,
  withoutVersionName,
  openToAll,
  foreignUsers,
  thinState,
  stateAfterJoin,
  firstState,
  losesJoins,
  ignoreDeclines,
]
