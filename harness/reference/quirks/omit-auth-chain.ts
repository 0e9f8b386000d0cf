import type { Quirk } from './quirk.ts'
import { answering } from './rewrite.ts'

export const omitAuthChain: Quirk = {
  id: 'omit-auth-chain',
  wording: 'answers send_join without the auth chain of the state',
  breaks: ['ss.sj.auth_chain_complete'],
  thorough: true,
  apply: (parts) => answering(parts, 'sendJoin', (body) => ({ ...body, auth_chain: [] })),
}
