import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Room } from '../rooms/room.ts'
import type { Store, Table } from '../store/store.ts'
import { keptForm, type KeptEvent, unkept } from './kept-event.ts'

/** An invitation that came from another server, of a room that this one need not know. */
export interface Invitation {
  readonly event: Event
  /** Stripped state, the invitation included. */
  readonly state: readonly JsonObject[]
}

type Kept = KeptEvent & { readonly state: readonly JsonObject[] }

/** `ending`: what took the invitation back or declined it; absent: it has come. */
export type InvitationListener = (user: string, roomId: string, ending?: Event) => void

/** Invitations from other servers that have been neither accepted nor declined. */
export class Invitations {
  /** User → room → invitation. */
  readonly #byUser = new Map<string, Map<string, Invitation>>()
  /** User and room → invitation. */
  readonly #kept: Table<Kept>
  readonly #listeners = new Set<InvitationListener>()

  constructor(store: Store) {
    this.#kept = store.table('invitations')
    for (const [key, { state, ...one }] of this.#kept.entries()) {
      const event = unkept(one)
      if (event !== undefined) this.#file(key.slice(0, key.indexOf(' ')), { event, state })
    }
  }

  get(roomId: string, user: string): Invitation | undefined {
    return this.#byUser.get(user)?.get(roomId)
  }

  of(user: string): ReadonlyMap<string, Invitation> {
    return this.#byUser.get(user) ?? new Map<string, Invitation>()
  }

  add(user: string, invitation: Invitation): void {
    const { event, state } = invitation
    this.#file(user, invitation)
    this.#kept.set(`${user} ${event.roomId}`, { ...keptForm(event), state })
    this.#tell(user, event.roomId)
  }

  #file(user: string, invitation: Invitation): void {
    const rooms = this.#byUser.get(user) ?? new Map<string, Invitation>()
    this.#byUser.set(user, rooms.set(invitation.event.roomId, invitation))
  }

  /** Without an ending what has come of it, as a join, is news of its own. */
  remove(roomId: string, user: string, ending?: Event): void {
    if (!this.#byUser.get(user)?.delete(roomId)) return
    this.#kept.delete(`${user} ${roomId}`)
    if (ending !== undefined) this.#tell(user, roomId, ending)
  }

  onChange(listener: InvitationListener): void {
    this.#listeners.add(listener)
  }

  #tell(user: string, roomId: string, ending?: Event): void {
    for (const listener of this.#listeners) listener(user, roomId, ending)
  }
}

/** client-server-api#stripped-state */
export const stripped = (event: Event): JsonObject => ({
  type: event.pdu.type,
  state_key: event.pdu.state_key ?? '',
  sender: event.pdu.sender,
  content: event.pdu.content,
})

const stateOfInvitation = [
  'm.room.create',
  'm.room.join_rules',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.canonical_alias',
  'm.room.encryption',
] as const

/** What an invited user may know of the room (server-server-api#inviting-to-a-room). */
export const invitationState = (room: Room): readonly Event[] =>
  stateOfInvitation.flatMap((type) => room.stateEvent(type, '') ?? [])
