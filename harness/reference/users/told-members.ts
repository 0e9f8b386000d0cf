import type { Event } from '../../matrix/event.ts'
import type { Position } from './operations.ts'

/** Of one device in one room; whose oldest are dropped is told them again. */
const maxMembers = 10_000
const maxPlaces = 10_000

type Told = Map<string, { readonly id: string; readonly at: Position }>

/**
 * Which membership events a device that loads members lazily has been told, so that they need not be told again
 * (client-server-api#lazy-loading-room-members). Counts as told only what the device has shown to have got, by a later `since`.
 */
export class ToldMembers {
  readonly #places = new Map<string, Told>()

  /** The device begins anew. */
  reset(device: string, roomId: string): void {
    this.#places.delete(placeOf(device, roomId))
  }

  has(device: string, event: Event, since: Position | undefined): boolean {
    const told = this.#places.get(placeOf(device, event.roomId))?.get(event.pdu.state_key ?? '')
    return told !== undefined && since !== undefined && told.id === event.id && told.at <= since
  }

  add(device: string, event: Event, at: Position): void {
    const place = placeOf(device, event.roomId)
    const told: Told = this.#places.get(place) ?? new Map()
    this.#places.delete(place)
    this.#places.set(place, told)
    told.set(event.pdu.state_key ?? '', { id: event.id, at })
    dropOldest(told, maxMembers)
    dropOldest(this.#places, maxPlaces)
  }
}

const placeOf = (device: string, roomId: string): string => JSON.stringify([device, roomId])

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
