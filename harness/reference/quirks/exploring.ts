import { integerAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import { param } from '../handlers/handler.ts'
import type { OperationName } from '../../wire/endpoints.ts'
import type { Parts } from '../parts.ts'
import { summaryOf } from '../rooms/summary.ts'
import type { Quirk } from './quirk.ts'
import { answering, handling, hearing, listIn, without } from './rewrite.ts'

const wholeDirectory: Quirk = {
  id: 'whole-directory',
  wording: 'gives the whole directory at once, whatever the limit',
  breaks: ['ss.pr.get.limit'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'publicRooms', (inbound) => ({
      ...inbound,
      query: without(inbound.query, 'limit'),
    })),
}

const directoryAgain: Quirk = {
  id: 'directory-again',
  wording: 'begins at the first page of the directory again, whatever page is asked for',
  breaks: ['ss.pr.get.since'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'publicRooms', (inbound) => ({
      ...inbound,
      query: without(inbound.query, 'since'),
    })),
}

const searchForNothing: Quirk = {
  id: 'search-for-nothing',
  wording: 'lists all rooms of the directory, whatever is searched for',
  breaks: ['ss.pr.post.search_term', 'ss.pr.post.room_types'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'publicRoomsFiltered', (inbound) => ({
      ...inbound,
      body: without(inbound.body, 'filter'),
    })),
}

const asText = (entry: Json): Json =>
  isObject(entry)
    ? { ...entry, num_joined_members: String(integerAt(entry, 'num_joined_members') ?? '') }
    : entry

const countsAsText: Quirk = {
  id: 'counts-as-text',
  wording: 'writes numbers in its directory as text',
  breaks: ['ss.pr.get.chunk_required'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'publicRooms', (body) => ({
      ...body,
      chunk: listIn(body, 'chunk').map(asText),
    })),
}

const tellOfSecrets: Quirk = {
  id: 'tell-of-closed-rooms',
  wording: 'describes rooms of a space to servers that may not see them',
  breaks: ['ss.hi.accessible_only', 'ss.hi.inaccessible_listed'],
  awaits: 'suite',
  apply: (parts) =>
    answering(parts, 'hierarchy', (body, { services }) => {
      const closed = listIn(body, 'inaccessible_children').flatMap((id) => {
        const room = typeof id === 'string' ? services.rooms.get(id) : undefined
        return room === undefined ? [] : [summaryOf(room)]
      })
      const children = [...listIn(body, 'children'), ...closed]
      return { ...body, children, inaccessible_children: [] }
    }),
}

const suggestAll: Quirk = {
  id: 'suggest-all',
  wording: 'gives all rooms of a space where only the suggested ones are wanted',
  breaks: ['ss.hi.suggested_only'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'hierarchy', (inbound) => ({
      ...inbound,
      query: without(inbound.query, 'suggested_only'),
    })),
}

const otherDirection: Quirk = {
  id: 'other-direction',
  wording: 'looks for an event on the other side of the time that is named',
  breaks: ['ss.tte.dir_b'],
  awaits: 'suite',
  apply: (parts) =>
    hearing(parts, 'timestampToEvent', (inbound) => ({
      ...inbound,
      query: { ...inbound.query, dir: [inbound.query['dir']?.[0] === 'f' ? 'b' : 'f'] },
    })),
}

/** The content alone, as the old endpoints give it. */
const plain = (parts: Parts, operation: OperationName): Parts =>
  handling(parts, operation, (honest) => async (services, inbound) => {
    const { status } = await honest(services, inbound)
    const { bytes, type } = await services.people.media.get(param(inbound, 'mediaId'), 0)
    return { status, bytes, headers: { 'content-type': type } }
  })

const plainMedia: Quirk = {
  id: 'plain-media',
  wording: 'gives media as they are, without the parts that they come in',
  breaks: ['ss.md.200_multipart'],
  awaits: 'suite',
  apply: (parts) => plain(parts, 'mediaDownload'),
}

const withoutBoundary: Quirk = {
  id: 'media-without-boundary',
  wording: 'does not say what parts the parts of a media answer',
  breaks: ['ss.md.boundary'],
  awaits: 'suite',
  apply: (parts) =>
    handling(parts, 'mediaDownload', (honest) => async (services, inbound) => {
      const outcome = await honest(services, inbound)
      return { ...outcome, headers: { ...outcome.headers, 'content-type': 'multipart/mixed' } }
    }),
}

export const exploringQuirks: readonly Quirk[] = [
  wholeDirectory,
  directoryAgain,
  searchForNothing,
  countsAsText,
  tellOfSecrets,
  suggestAll,
  otherDirection,
  plainMedia,
  withoutBoundary,
]
