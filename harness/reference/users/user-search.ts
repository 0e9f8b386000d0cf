import { stringAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { splitStateKey } from '../../matrix/state-key.ts'
import { isWorldReadable } from '../rooms/access.ts'
import type { Room } from '../rooms/room.ts'
import { joinRuleOf } from '../rooms/summary.ts'
import type { Services } from '../services.ts'

/** How many memberships are looked at. */
const mostLookedAt = 100_000

export interface UserFound {
  readonly results: readonly JsonObject[]
  /** There are more. */
  readonly limited: boolean
}

interface Named {
  readonly name: string | undefined
  readonly avatar: string | undefined
}

/** client-server-api#post_matrixclientv3user_directorysearch */
export function searchUsers(
  services: Services,
  user: string,
  { term, limit }: { readonly term: string; readonly limit: number },
): UserFound {
  const wanted = term.toLowerCase()
  const people = [...known(services, user)].filter(
    ([id, { name }]) =>
      id.toLowerCase().includes(wanted) || name?.toLowerCase().includes(wanted) === true,
  )
  const found = people.filter(([id]) => id !== user || isListed(services, user))
  const results = found.slice(0, limit).map(([id, { name, avatar }]) => ({
    user_id: id,
    ...(name === undefined ? {} : { display_name: name }),
    ...(avatar === undefined ? {} : { avatar_url: avatar }),
  }))
  return { results, limited: found.length > limit }
}

/** Who is with the user in a room, or in one that anybody may join or read. */
function known(services: Services, user: string): ReadonlyMap<string, Named> {
  const users = new Map<string, Named>()
  let left = mostLookedAt
  for (const stream of services.streams.all) {
    const { room } = stream
    if (stream.standpoint(user)?.membership !== 'join' && !isOpen(services, room)) continue
    for (const [place, id] of room.current) {
      const [type, other] = splitStateKey(place)
      if (type !== 'm.room.member' || users.has(other)) continue
      left -= 1
      if (left < 0) return users
      const member = memberIn(room.lookup(id)?.pdu.content)
      if (member !== undefined) users.set(other, member)
    }
  }
  return users
}

/** Nobody is with themselves in a room. */
const isListed = (services: Services, user: string): boolean =>
  [...services.streams.all].some(
    (stream) => stream.standpoint(user)?.membership === 'join' && isOpen(services, stream.room),
  )

/** Of a room that all have left, nothing is known any more. */
const isOpen = ({ rooms }: Services, room: Room): boolean =>
  rooms.joined(room.id) !== undefined && (joinRuleOf(room) === 'public' || isWorldReadable(room))

const memberIn = (content: JsonObject | undefined): Named | undefined =>
  stringAt(content, 'membership') === 'join'
    ? { name: stringAt(content, 'displayname'), avatar: stringAt(content, 'avatar_url') }
    : undefined
