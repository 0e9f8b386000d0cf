import type { Json, JsonObject } from '../../matrix/event.ts'
import { isRoomAlias, serverNameOf } from '../../matrix/identifiers.ts'
import { powerLevelOf, requiredLevel } from '../../matrix/power.ts'
import { forbidden, invalidParam, MatrixError, notFound } from '../errors.ts'
import type { Room } from '../rooms/room.ts'
import type { Services } from '../services.ts'
import { emit, roomOf } from './emit.ts'
import type { UserOperations } from './operations.ts'
import { readableStream } from './readable.ts'

const canonicalAlias = 'm.room.canonical_alias'
const mostAliases = 100

/** Names of rooms at this server, and its published directory, as users change them. */
export class Directories {
  readonly #services: Services
  readonly #users: Pick<UserOperations, 'resolveAlias'>

  constructor(services: Services, users: Pick<UserOperations, 'resolveAlias'>) {
    this.#services = services
    this.#users = users
  }

  /** Throws M_INVALID_PARAM for what is no alias of this server, M_FORBIDDEN, M_UNKNOWN (409) where it is taken. */
  add(alias: string, roomId: string, by: string): void {
    this.#checkOwn(alias)
    this.#checkMember(roomOf(this.#services, roomId), by)
    this.#services.aliases.add(alias, roomId, by)
  }

  /** By who made it, and by who may name the room; the room is not called so any more, where `by` may say so. M_NOT_FOUND, M_FORBIDDEN. */
  async remove(alias: string, by: string): Promise<void> {
    this.#checkOwn(alias)
    const { aliases, rooms } = this.#services
    const known = aliases.get(alias)
    if (known === undefined) throw notFound(`there is no alias ${alias}`)
    const room = rooms.joined(known.roomId)
    if (known.by !== by && (room === undefined || !mayName(room, by)))
      throw forbidden(`${alias} was made by someone else`)
    aliases.remove(alias)
    if (room !== undefined && mayName(room, by)) await this.#unname(room, alias, by)
  }

  async #unname(room: Room, gone: string, by: string): Promise<void> {
    const former = room.stateEvent(canonicalAlias, '')?.pdu.content ?? {}
    const { alias, alt_aliases: others, ...rest } = former
    const list = Array.isArray(others) ? others : []
    if (alias !== gone && !list.includes(gone)) return
    const kept = list.filter((one) => one !== gone)
    const content = {
      ...rest,
      ...(alias === undefined || alias === gone ? {} : { alias }),
      ...(kept.length === 0 ? {} : { alt_aliases: kept }),
    }
    try {
      await emit(this.#services, room, {
        type: canonicalAlias,
        state_key: '',
        sender: by,
        content,
      })
    } catch (error) {
      // The alias is gone all the same.
      if (!(error instanceof MatrixError)) throw error
    }
  }

  /** Aliases of this server. */
  of(roomId: string, user: string): readonly string[] {
    readableStream(this.#services, roomId, user)
    return this.#services.aliases.of(roomId)
  }

  /** M_NOT_FOUND. */
  isPublished(roomId: string): boolean {
    const { rooms, directory } = this.#services
    if (rooms.joined(roomId) === undefined) throw notFound(`there is no room ${roomId}`)
    return directory.has(roomId)
  }

  /** M_FORBIDDEN for who may not name the room, M_NOT_FOUND. */
  setPublished(roomId: string, by: string, isPublished: boolean): void {
    const { rooms, directory } = this.#services
    const room = rooms.joined(roomId)
    if (room === undefined) throw notFound(`there is no room ${roomId}`)
    if (!mayName(room, by)) throw forbidden(`${by} may not publish the room`)
    if (isPublished) directory.publish(roomId)
    else directory.withdraw(roomId)
  }

  /** client-server-api#put_matrixclientv3roomsroomidstateeventtypestatekey: aliases that are new in a room's names lead to it. */
  async checkNames(roomId: string, content: JsonObject): Promise<void> {
    const former = this.#services.rooms.joined(roomId)?.stateEvent(canonicalAlias, '')?.pdu.content
    const known = new Set(former === undefined ? [] : namesIn(former))
    const added = namesIn(content).filter((alias) => !known.has(alias))
    if (added.length > mostAliases) throw invalidParam('too many aliases')
    for (const alias of added) {
      if (!isRoomAlias(alias)) throw invalidParam(`${alias} is no room alias`)
      const found = await this.#users.resolveAlias(alias).catch((error: unknown) => {
        if (error instanceof MatrixError) return undefined
        throw error
      })
      if (found?.roomId !== roomId)
        throw new MatrixError(400, 'M_BAD_ALIAS', `${alias} does not lead to the room`)
    }
  }

  #checkOwn(alias: string): void {
    const isOwn = isRoomAlias(alias) && serverNameOf(alias) === this.#services.name
    if (!isOwn) throw invalidParam(`${alias} is no alias of this server`)
  }

  #checkMember(room: Room, user: string): void {
    if (room.membership(user) !== 'join') throw forbidden(`${user} is not in the room`)
  }
}

function mayName(room: Room, user: string): boolean {
  if (room.membership(user) !== 'join') return false
  const levels = room.stateEvent('m.room.power_levels', '')
  const level = powerLevelOf(user, levels, room.create, room.version)
  return level >= requiredLevel(canonicalAlias, true, levels)
}

/** Throws M_INVALID_PARAM. */
function namesIn({ alias, alt_aliases: others }: JsonObject): readonly string[] {
  const all: readonly Json[] = [
    ...(alias === undefined || alias === null || alias === '' ? [] : [alias]),
    ...(others === undefined ? [] : Array.isArray(others) ? others : [others]),
  ]
  return all.map((one) => {
    if (typeof one !== 'string') throw invalidParam('an alias is no string')
    return one
  })
}
