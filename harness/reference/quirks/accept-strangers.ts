import type { Refusal } from '../../matrix/auth-rules/refusal.ts'
import type { Quirk } from './quirk.ts'

export const acceptStrangers: Quirk = {
  id: 'accept-strangers',
  wording: 'accepts events whose sender is not in the room',
  breaks: ['auth.sender_not_joined'],
  apply: (parts) => {
    const { authAtAuthEvents, authAtStateBefore, softFailure } = parts.rooms
    return {
      ...parts,
      rooms: {
        ...parts.rooms,
        authAtAuthEvents: (...all) => unlessStranger(authAtAuthEvents(...all)),
        authAtStateBefore: (...all) => unlessStranger(authAtStateBefore(...all)),
        softFailure: (...all) => unlessStranger(softFailure(...all)),
      },
    }
  },
}

const unlessStranger = (refusal: Refusal | undefined): Refusal | undefined =>
  refusal?.rule === 'auth.sender_not_joined' ? undefined : refusal
