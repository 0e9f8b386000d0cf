import type { ReferenceServer } from '../homeserver.ts'

/** The users that every peer has; on data of an earlier run they are there already. */
export function residents({ name, users }: ReferenceServer): {
  readonly user: string
  readonly member: string
  readonly stranger: string
} {
  const resident = (localpart: string) => {
    const user = `@${localpart}:${name}`
    return users.isUser(user) ? user : users.createUser(localpart)
  }
  return {
    user: resident('user'),
    member: resident('member'),
    stranger: resident('stranger'),
  }
}
