import { MatrixError } from '../errors.ts'
import type { Parts } from '../parts.ts'
import type { RemoteError } from '../remote.ts'
import type { Quirk } from './quirk.ts'

const forgetting = (
  parts: Parts,
  isHopeless: (failure: RemoteError | undefined) => boolean,
): Parts => ({
  ...parts,
  sending: {
    ...parts.sending,
    afterFailure: (_count, failure) => (isHopeless(failure) ? 'forget' : 'keep'),
  },
})

const forgetQueue: Quirk = {
  id: 'forget-queue',
  wording:
    'gives a server up at the first failure: drops what waits for it until it is heard of again',
  breaks: ['seed.S24', 'seed.S25'],
  topples: ['ss.txn.retry_same_id'],
  thorough: true,
  apply: (parts) => forgetting(parts, () => true),
}

const forgetWhenUnavailable: Quirk = {
  id: 'forget-when-unavailable',
  wording: 'gives a server up that answers a transaction with an error',
  breaks: ['seed.S24', 'seed.S25'],
  apply: (parts) => forgetting(parts, (failure) => failure?.status !== undefined),
}

const forgetWhenCutOff: Quirk = {
  id: 'forget-when-cut-off',
  wording: 'gives a server up to which no connection comes about or holds',
  breaks: ['seed.S24', 'seed.S25'],
  topples: ['ss.repl.catch_up', 'seed.S29'],
  apply: (parts) => forgetting(parts, (failure) => failure?.status === undefined),
}

const forgetWhenRefused: Quirk = {
  id: 'forget-when-refused',
  wording: 'gives a server up where nobody listens',
  breaks: ['seed.S29'],
  topples: ['seed.S24', 'seed.S25'],
  apply: (parts) => forgetting(parts, (failure) => failure?.ending === 'refused'),
}

const retryUnderNewId: Quirk = {
  id: 'retry-under-new-id',
  wording: 'sends a failed transaction again under another id',
  breaks: ['ss.txn.retry_same_id'],
  apply: (parts) => ({
    ...parts,
    sending: { ...parts.sending, transactionId: (id, attempt) => `${id}.${attempt}` },
  }),
}

const holdUpAll: Quirk = {
  id: 'hold-up-all',
  wording: 'sends to nobody while one server cannot be reached',
  breaks: ['seed.S20', 'seed.S21'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    sending: {
      ...parts.sending,
      mayStart: (server, failing) => [...failing].every((one) => one === server),
    },
  }),
}

const silenceUsers: Quirk = {
  id: 'silence-users',
  wording: 'lets nobody send while a server of the room cannot be reached',
  breaks: ['seed.S22', 'seed.S23'],
  topples: 'all',
  apply: (parts) => ({
    ...parts,
    making: {
      ...parts.making,
      mayEmit: ({ sender }, room) => {
        const lost = room.servers.find((server) => sender.failing.has(server))
        if (lost !== undefined) throw new MatrixError(502, 'M_UNKNOWN', `${lost} cannot be reached`)
      },
    },
  }),
}

export const outageQuirks: readonly Quirk[] = [
  forgetQueue,
  forgetWhenUnavailable,
  forgetWhenCutOff,
  forgetWhenRefused,
  retryUnderNewId,
  holdUpAll,
  silenceUsers,
]
