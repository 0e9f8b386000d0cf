import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'

/** The room versions in which the reference makes and enters rooms, oldest first. */
export const offeredVersions: readonly RoomVersion[] = Object.values(roomVersions)

/** The version of a room for which nobody asked for another. */
export const defaultVersion: RoomVersion = roomVersions.v12

/** The offered version with this id; undefined for one that is not offered, or not known at all. */
export const offeredVersion = (id: string): RoomVersion | undefined =>
  offeredVersions.find((version) => version.id === id)
