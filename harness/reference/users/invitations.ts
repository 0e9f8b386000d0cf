import type { Event, JsonObject } from '../../matrix/event.ts'
import type { Room } from '../rooms/room.ts'

/** An invitation that came from another server, of a room that this one need not know. */
export interface Invitation {
  readonly event: Event
  /** Stripped state, the invitation included. */
  readonly state: readonly JsonObject[]
}

export type InvitationListener = (user: string, roomId: string, gone: boolean) => void

/** Invitations from other servers that have been neither accepted nor declined. */
export class Invitations {
  /** User → room → invitation. */
  readonly #byUser = new Map<string, Map<string, Invitation>>()
  readonly #listeners = new Set<InvitationListener>()

  get(roomId: string, user: string): Invitation | undefined {
    return this.#byUser.get(user)?.get(roomId)
  }

  of(user: string): ReadonlyMap<string, Invitation> {
    return this.#byUser.get(user) ?? new Map<string, Invitation>()
  }

  add(user: string, invitation: Invitation): void {
    const rooms = this.#byUser.get(user) ?? new Map<string, Invitation>()
    this.#byUser.set(user, rooms.set(invitation.event.roomId, invitation))
    this.#tell(user, invitation.event.roomId, false)
  }

  /** `quietly`: the user has joined, which is news of its own. */
  remove(roomId: string, user: string, quietly = false): void {
    if (this.#byUser.get(user)?.delete(roomId) && !quietly) this.#tell(user, roomId, true)
  }

  onChange(listener: InvitationListener): void {
    this.#listeners.add(listener)
  }

  #tell(user: string, roomId: string, gone: boolean): void {
    for (const listener of this.#listeners) listener(user, roomId, gone)
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
