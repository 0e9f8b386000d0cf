import type { Handler } from '../handlers/handler.ts'
import { isObject } from '../../matrix/json.ts'
import type { Quirk } from './quirk.ts'

export const omitAuthChain: Quirk = {
  id: 'omit-auth-chain',
  wording: 'answers send_join without the auth chain of the state',
  breaks: ['ss.sj.auth_chain_complete'],
  apply: (parts) => ({
    ...parts,
    handlers: { ...parts.handlers, sendJoin: without(parts.handlers.sendJoin) },
  }),
}

const without =
  (honest: Handler | undefined): Handler =>
  async (services, inbound) => {
    const outcome = await honest?.(services, inbound)
    if (outcome === undefined) return { status: 404, json: {} }
    return isObject(outcome.json)
      ? { ...outcome, json: { ...outcome.json, auth_chain: [] } }
      : outcome
  }
