import type { Quirk } from './quirk.ts'

export const forgetQueue: Quirk = {
  id: 'forget-queue',
  wording:
    'gives a server up at the first failure: drops what waits for it until it is heard of again',
  breaks: ['seed.S24', 'ss.repl.catch_up', 'ss.txn.retry_same_id'],
  apply: (parts) => ({
    ...parts,
    sending: { ...parts.sending, afterFailure: () => 'forget' },
  }),
}
