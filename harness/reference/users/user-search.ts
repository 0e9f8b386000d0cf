import { stringAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { splitStateKey } from '../../matrix/state-key.ts'
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
  const found = [...known(services, user)].filter(
    ([id, { name }]) =>
      id !== user && (id.toLowerCase().includes(wanted) || name?.toLowerCase().includes(wanted)),
  )
  const results = found.slice(0, limit).map(([id, { name, avatar }]) => ({
    user_id: id,
    ...(name === undefined ? {} : { display_name: name }),
    ...(avatar === undefined ? {} : { avatar_url: avatar }),
  }))
  return { results, limited: found.length > limit }
}

/** Who is joined to a room of the user, or to a public one. */
function known({ streams }: Services, user: string): ReadonlyMap<string, Named> {
  const users = new Map<string, Named>()
  let left = mostLookedAt
  for (const stream of streams.all) {
    const isOpen = joinRuleOf(stream.room) === 'public'
    if (!isOpen && stream.standpoint(user)?.membership !== 'join') continue
    for (const [place, id] of stream.room.current) {
      const [type, other] = splitStateKey(place)
      if (type !== 'm.room.member' || users.has(other)) continue
      left -= 1
      if (left < 0) return users
      const member = memberIn(stream.room.lookup(id)?.pdu.content)
      if (member !== undefined) users.set(other, member)
    }
  }
  return users
}

const memberIn = (content: JsonObject | undefined): Named | undefined =>
  stringAt(content, 'membership') === 'join'
    ? { name: stringAt(content, 'displayname'), avatar: stringAt(content, 'avatar_url') }
    : undefined
