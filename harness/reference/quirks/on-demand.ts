import type { RequirementId } from '../../../fixtures/requirements/index.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { stringAt } from '../../matrix/content.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { parentIds } from '../../matrix/references.ts'
import type { OperationName } from '../../wire/endpoints.ts'
import { notFound } from '../errors.ts'
import { param } from '../handlers/handler.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, hearing, listIn, type Scene } from './rewrite.ts'

interface Question {
  readonly operation: OperationName
  readonly name: string
  /** Where the answer has its events, or their ids. */
  readonly lists: readonly string[]
  readonly given: RequirementId
  readonly withheld: RequirementId
}

const questions: readonly Question[] = [
  {
    operation: 'event',
    name: 'event',
    lists: ['pdus'],
    given: 'ss.ev.single_pdu',
    withheld: 'ss.ev.not_in_room_denied',
  },
  {
    operation: 'backfill',
    name: 'backfill',
    lists: ['pdus'],
    given: 'ss.bf.predecessors',
    withheld: 'ss.bf.not_in_room_denied',
  },
  {
    operation: 'getMissingEvents',
    name: 'get-missing-events',
    lists: ['events'],
    given: 'ss.gme.bfs_prev',
    withheld: 'ss.gme.not_in_room_denied',
  },
  {
    operation: 'state',
    name: 'state',
    lists: ['pdus', 'auth_chain'],
    given: 'ss.st.auth_chain_recursive',
    withheld: 'ss.st.errors_undocumented',
  },
  {
    operation: 'stateIds',
    name: 'state-ids',
    lists: ['pdu_ids', 'auth_chain_ids'],
    given: 'ss.sti.200_schema',
    withheld: 'ss.sti.403',
  },
  {
    operation: 'eventAuth',
    name: 'event-auth',
    lists: ['auth_chain'],
    given: 'ss.ea.complete',
    withheld: 'ss.ea.not_in_room_denied',
  },
]

/** Whether a user of the server itself sent an event, which is given whole or by its id. */
function isOwn(one: Json, { services, inbound }: Scene): boolean {
  const sender =
    typeof one === 'string'
      ? services.rooms.get(param(inbound, 'roomId'))?.lookup(one)?.pdu.sender
      : stringAt(one, 'sender')
  return sender !== undefined && serverNameOf(sender) === services.name
}

const withhold = ({ operation, name, lists, given }: Question): Quirk => ({
  id: `${name}-own-only`,
  wording: `gives only events of its own users by ${operation}`,
  breaks: [given],
  topples: 'all',
  apply: (parts) =>
    answering(parts, operation, (body, scene) => ({
      ...body,
      ...Object.fromEntries(
        lists.map((key) => [key, listIn(body, key).filter((one) => isOwn(one, scene))]),
      ),
    })),
})

const giveAway = ({ operation, name, withheld }: Question): Quirk => ({
  id: `${name}-for-outsiders`,
  wording: `answers ${operation} to servers that are not in the room`,
  breaks: [withheld],
  // The server itself is in the room, so nothing is kept from it.
  apply: (parts) =>
    hearing(parts, operation, (inbound, { name: own }) => ({ ...inbound, origin: own })),
})

const backfillPastLimit: Quirk = {
  id: 'backfill-past-limit',
  wording: 'gives more events by backfill than were asked for',
  breaks: ['ss.bf.limit'],
  apply: (parts) =>
    hearing(parts, 'backfill', (inbound) => ({
      ...inbound,
      query: { ...inbound.query, limit: ['100'] },
    })),
}

const backfillFromParents: Quirk = {
  id: 'backfill-from-parents',
  wording: 'leaves out of backfill the events that were named',
  breaks: ['ss.bf.includes_given'],
  apply: (parts) =>
    answering(parts, 'backfill', (body) => ({ ...body, pdus: listIn(body, 'pdus').slice(1) })),
}

const missingWith = (
  id: string,
  which: 'latest_events' | 'earliest_events',
  breaks: RequirementId,
): Quirk => ({
  id,
  wording: `gives also the ${which} by get_missing_events`,
  breaks: [breaks],
  apply: (parts) =>
    answering(parts, 'getMissingEvents', (body, { services, inbound }) => {
      const room = services.rooms.get(param(inbound, 'roomId'))
      const named = listIn(inbound.body, which).flatMap((one): readonly JsonObject[] => {
        const event = typeof one === 'string' ? room?.lookup(one) : undefined
        return event === undefined ? [] : [{ ...event.pdu }]
      })
      return { ...body, events: [...listIn(body, 'events'), ...named] }
    }),
})

const missingPastLimit: Quirk = {
  id: 'missing-events-past-limit',
  wording: 'gives more events by get_missing_events than were asked for',
  breaks: ['ss.gme.limit'],
  apply: (parts) =>
    hearing(parts, 'getMissingEvents', (inbound) => ({
      ...inbound,
      body: { ...inbound.body, limit: 100 },
    })),
}

/** Answers for the first child of the event that was asked about, where it has one: there the event has had its effect. */
const after = (operation: 'state' | 'stateIds', breaks: RequirementId): Quirk => ({
  id: `${operation === 'state' ? 'state' : 'state-ids'}-after`,
  wording: `answers ${operation} with the state after the event`,
  breaks: [breaks],
  topples: 'all',
  apply: (parts) =>
    hearing(parts, operation, (inbound, services) => {
      const [asked = ''] = inbound.query['event_id'] ?? []
      const nodes = services.rooms.get(param(inbound, 'roomId'))?.nodes ?? []
      const child = nodes.find(({ event }) => parentIds(event).includes(asked))
      const eventId = child?.event.id ?? asked
      return { ...inbound, query: { ...inbound.query, event_id: [eventId] } }
    }),
})

const forgetAliases: Quirk = {
  id: 'forget-aliases',
  wording: 'tells other servers that there is no such alias',
  breaks: ['ss.sj.joining.directory_lookup'],
  apply: (parts) =>
    handling(parts, 'directory', () => () => {
      throw notFound('there is no such alias')
    }),
}

export const onDemandQuirks: readonly Quirk[] = [
  ...questions.map(withhold),
  ...questions.map(giveAway),
  backfillPastLimit,
  backfillFromParents,
  missingWith('missing-events-with-latest', 'latest_events', 'ss.gme.excludes_latest'),
  missingWith('missing-events-with-earliest', 'earliest_events', 'ss.gme.excludes_earliest'),
  missingPastLimit,
  after('state', 'ss.st.before_event'),
  after('stateIds', 'ss.sti.before_event'),
  forgetAliases,
]
