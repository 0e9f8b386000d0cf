import { stringAt } from '../../matrix/content.ts'
import { MatrixError } from '../errors.ts'
import type { Services } from '../services.ts'

/** client-server-api#invite-permission: whether a user of this server wants to be invited by nobody. */
export const blocksInvitations = ({ accountData }: Services, user: string): boolean =>
  stringAt(accountData.get(user, '', 'm.invite_permission_config'), 'default_action') === 'block'

/** Throws M_INVITE_BLOCKED. */
export function checkInvitable(services: Services, user: string): void {
  if (blocksInvitations(services, user))
    throw new MatrixError(403, 'M_INVITE_BLOCKED', `${user} takes no invitations`)
}
