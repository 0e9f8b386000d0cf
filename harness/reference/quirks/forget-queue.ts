import type { Quirk } from './quirk.ts'

export const forgetQueue: Quirk = {
  id: 'forget-queue',
  wording: 'drops what it could not deliver at the first failure',
  breaks: ['ss.txn.retry_same_id', 'seed.S24'],
  apply: (parts) => ({
    ...parts,
    sending: { ...parts.sending, afterFailure: () => 'forget' },
  }),
}
