import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import { forbidden, invalidParam } from '../errors.ts'
import { type Child, childrenOf, readChildren } from '../rooms/spaces.ts'
import { summaryOf } from '../rooms/summary.ts'
import type { Services } from '../services.ts'
import type { HierarchyOptions, HierarchyPage } from './exploring.ts'

interface Step {
  readonly roomId: string
  readonly depth: number
  readonly via: readonly string[]
}

/** A walk through the tree that goes on where its last page ended. */
interface Walk {
  readonly user: string
  readonly root: string
  readonly suggestedOnly: boolean
  readonly maxDepth: number
  /** Next last. */
  readonly open: Step[]
  readonly seen: Set<string>
  /** What other servers have told of rooms beside those that they were asked for; null: nobody gets in. */
  readonly told: Map<string, JsonObject | null>
  /** Requests to other servers that may still be made. */
  requests: number
}

const maxPage = 50
const maxDepth = 20
const maxRooms = 2_000
const maxRequests = 100
const maxVia = 3
const maxWalks = 100

/** Looks through spaces for their users (client-server-api#get_matrixclientv1roomsroomidhierarchy). */
export class Hierarchy {
  readonly #services: Services
  /** By token, the oldest first. What is forgotten makes its token invalid, which clients have to expect. */
  readonly #walks = new Map<string, Walk>()
  #count = 0

  constructor(services: Services) {
    this.#services = services
  }

  /** M_FORBIDDEN where the user may not see the room, M_INVALID_PARAM for a token that is not of this walk. */
  async page(roomId: string, user: string, options: HierarchyOptions): Promise<HierarchyPage> {
    const walk = this.#walkFor(roomId, user, options)
    const limit = Math.min(Math.max(options.limit ?? maxPage, 1), maxPage)
    const rooms: JsonObject[] = []
    for (let step = walk.open.pop(); step !== undefined; step = walk.open.pop()) {
      const summary = await this.#look(walk, step)
      if (summary !== undefined) rooms.push(summary)
      else if (step.depth === 0) throw forbidden(`${user} may not see ${roomId}`)
      if (rooms.length === limit) break
    }
    return walk.open.length === 0 ? { rooms } : { rooms, next: this.#keep(walk) }
  }

  #walkFor(root: string, user: string, options: HierarchyOptions): Walk {
    const suggestedOnly = options.suggestedOnly ?? false
    const depth = Math.min(options.maxDepth ?? maxDepth, maxDepth)
    if (options.from === undefined) {
      const open = [{ roomId: root, depth: 0, via: [...(options.via ?? []), serverNameOf(root)] }]
      const fresh = { open, seen: new Set([root]), told: new Map(), requests: maxRequests }
      return { user, root, suggestedOnly, maxDepth: depth, ...fresh }
    }
    const walk = this.#walks.get(options.from)
    if (walk?.user !== user || walk.root !== root)
      throw invalidParam('from is no token of this walk')
    if (walk.suggestedOnly !== suggestedOnly || walk.maxDepth !== depth)
      throw invalidParam('suggested_only and max_depth may not change on the way')
    // The same page can be asked for again.
    return copyOf(walk)
  }

  #keep(walk: Walk): string {
    this.#count += 1
    const token = `h${this.#count}-${Math.floor(this.#services.random() * 1e9).toString(36)}`
    this.#walks.set(token, copyOf(walk))
    for (const oldest of this.#walks.keys()) {
      if (this.#walks.size <= maxWalks) break
      this.#walks.delete(oldest)
    }
    return token
  }

  /** The room with its children, which are next; undefined where the user has no way to see it. */
  async #look(walk: Walk, step: Step): Promise<JsonObject | undefined> {
    const room = this.#services.rooms.joined(step.roomId)
    const summary = room === undefined ? await this.#ask(walk, step) : summaryOf(room)
    if (summary === undefined || !this.#maySee(walk.user, step.roomId, summary)) return undefined
    const all = room === undefined ? childrenTold(summary) : childrenOf(room)
    const children = all.filter(({ isSuggested }) => isSuggested || !walk.suggestedOnly)
    if (step.depth < walk.maxDepth) goInto(walk, children, step.depth + 1)
    return { ...summary, children_state: children.map(({ stripped }) => stripped) }
  }

  /** client-server-api#get_matrixclientv1roomsroomidhierarchy lists whom a room is shown to. */
  #maySee(user: string, roomId: string, summary: JsonObject): boolean {
    const { rooms, invitations } = this.#services
    const room = rooms.joined(roomId)
    const membership = room?.membership(user)
    if (membership === 'join' || membership === 'invite') return true
    if (invitations.get(roomId, user) !== undefined || summary['world_readable'] === true)
      return true
    const rule = stringAt(summary, 'join_rule') ?? 'public'
    if (['public', 'knock', 'knock_restricted'].includes(rule)) return membership !== 'ban'
    const allowed = valueAt(summary, 'allowed_room_ids')
    const conditions: readonly Json[] = Array.isArray(allowed) ? allowed : []
    return conditions.some(
      (one) => typeof one === 'string' && rooms.joined(one)?.membership(user) === 'join',
    )
  }

  /** Asks the servers that may know a room that this one does not (server-server-api#get_matrixfederationv1hierarchyroomid). */
  async #ask(walk: Walk, { roomId, via }: Step): Promise<JsonObject | undefined> {
    const known = walk.told.get(roomId)
    if (known === null) return undefined
    if (known !== undefined && stringAt(known, 'room_type') !== 'm.space') return known
    const others = via.filter((server) => server !== this.#services.name && server !== '')
    for (const server of others.slice(0, maxVia)) {
      if (walk.requests === 0) break
      walk.requests -= 1
      const json = await this.#services.remote.tryRequest(server, 'hierarchy', {
        params: { roomId },
        query: { suggested_only: String(walk.suggestedOnly) },
      })
      const room = valueAt(json, 'room')
      if (!isObject(room) || room['room_id'] !== roomId) continue
      note(walk, json)
      return room
    }
    return known
  }
}

const copyOf = (walk: Walk): Walk => ({
  ...walk,
  open: [...walk.open],
  seen: new Set(walk.seen),
  told: new Map(walk.told),
})

/** The first child is next: the walk goes down before it goes on. */
function goInto(walk: Walk, children: readonly Child[], depth: number): void {
  const steps = children.flatMap(({ roomId, via }) => {
    if (walk.seen.has(roomId) || walk.seen.size >= maxRooms) return []
    walk.seen.add(roomId)
    return [{ roomId, depth, via }]
  })
  walk.open.push(...steps.toReversed())
}

/** What an answer tells of the children, so that most of them need not be asked for. */
function note(walk: Walk, json: Json | undefined): void {
  for (const child of listAt(json, 'children')) {
    const roomId = stringAt(child, 'room_id')
    if (isObject(child) && roomId !== undefined) walk.told.set(roomId, child)
  }
  for (const roomId of listAt(json, 'inaccessible_children'))
    if (typeof roomId === 'string') walk.told.set(roomId, null)
}

function childrenTold(summary: JsonObject): readonly Child[] {
  return readChildren(listAt(summary, 'children_state'))
}

const listAt = (json: Json | undefined, key: string): readonly Json[] => {
  const value = valueAt(json, key)
  return Array.isArray(value) ? value.slice(0, maxRooms) : []
}
