import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { Handler } from '../handlers/handler.ts'
import type { Parts } from '../parts.ts'
import type { ReceiptParts } from '../rooms/inspector.ts'
import type { RoomParts } from '../rooms/room.ts'
import type { Quirk } from './quirk.ts'
import { handling, listIn } from './rewrite.ts'

const receiving = (parts: Parts, change: Partial<ReceiptParts>): Parts => ({
  ...parts,
  receipt: { ...parts.receipt, ...change },
})

const inRooms = (parts: Parts, change: Partial<RoomParts>): Parts => ({
  ...parts,
  rooms: { ...parts.rooms, ...change },
})

const acceptUnsignedEvents: Quirk = {
  id: 'accept-unsigned-events',
  wording: "accepts events that the sender's server has not signed",
  breaks: ['seed.S09', 'ss.sign.check.1_missing_entity', 'ss.chk.2.no_signature'],
  apply: (parts) =>
    receiving(parts, {
      checkSignatures: async (event, keys) =>
        (await parts.receipt.checkSignatures(event, keys)).filter(
          ({ problem }) => problem !== 'missing',
        ),
    }),
}

const acceptBadSignatures: Quirk = {
  id: 'accept-bad-signatures',
  wording: 'accepts signatures of events without verifying them',
  breaks: [
    'ss.chk.2.signatures_dropped',
    'ss.sign.check.5_7_verify',
    'ss.sj.joining.checks_signatures',
  ],
  topples: ['ss.chk.2.no_signature'],
  apply: (parts) =>
    receiving(parts, {
      checkSignatures: async (event, keys) =>
        (await parts.receipt.checkSignatures(event, keys)).filter(
          ({ problem }) => problem === 'missing',
        ),
    }),
}

const ignoreContentHash: Quirk = {
  id: 'ignore-content-hash',
  wording: 'keeps the content of events whose hash is wrong',
  breaks: ['ss.chk.3.hash_redacted', 'ss.sj.joining.checks_hashes'],
  apply: (parts) => receiving(parts, { checkContentHash: () => true }),
}

const dropWrongHash: Quirk = {
  id: 'drop-wrong-hash',
  wording: 'drops events whose hash is wrong, instead of redacting them',
  breaks: ['ss.chk.3.hash_redacted'],
  apply: (parts) =>
    receiving(parts, {
      checkSignatures: async (event, keys) =>
        parts.receipt.checkContentHash(event)
          ? parts.receipt.checkSignatures(event, keys)
          : [{ server: event.pdu.sender, problem: 'invalid' }],
    }),
}

const skipStateBefore: Quirk = {
  id: 'skip-state-before',
  wording: 'does not check events by the state before them',
  breaks: ['ss.chk.5.state_before_rejected'],
  apply: (parts) => inRooms(parts, { authAtStateBefore: () => undefined }),
}

const skipSoftFailure: Quirk = {
  id: 'skip-soft-failure',
  wording: 'does not check events by the current state',
  breaks: ['ss.chk.6.current_state_soft_fail'],
  apply: (parts) => inRooms(parts, { softFailure: () => undefined }),
}

const showSoftFailed: Quirk = {
  id: 'show-soft-failed',
  wording: 'shows soft-failed events to users',
  breaks: ['ss.sf.not_relayed_to_client'],
  apply: (parts) => inRooms(parts, { isForUsers: ({ standing }) => standing !== 'rejected' }),
}

const citeSoftFailed: Quirk = {
  id: 'cite-soft-failed',
  wording: 'cites soft-failed events in new ones',
  breaks: ['ss.sf.not_extremity'],
  apply: (parts) => inRooms(parts, { canBeHead: ({ standing }) => standing !== 'rejected' }),
}

/** Hands the PDUs of a transaction on one by one; `change` decides after each what becomes of the rest. */
const oneByOne =
  (honest: Handler, afterFailure: 'stop' | 'refuse'): Handler =>
  async (services, inbound) => {
    const results: Record<string, Json> = {}
    for (const [index, pdu] of listIn(inbound.body, 'pdus').entries()) {
      const params = { ...inbound.params, txnId: `${inbound.params['txnId'] ?? ''}.${index}` }
      const body = { ...inbound.body, pdus: [pdu] }
      const { json } = await honest(services, { ...inbound, params, body })
      const result = resultsIn(json)
      Object.assign(results, result)
      if (!Object.values(result).some((one) => isObject(one) && one['error'] !== undefined))
        continue
      if (afterFailure === 'stop') break
      return { status: 403, json: { errcode: 'M_FORBIDDEN', error: 'one of the PDUs is bad' } }
    }
    return { status: 200, json: { pdus: results } }
  }

const resultsIn = (json: Json | undefined): JsonObject => {
  const results = isObject(json) ? json['pdus'] : undefined
  return isObject(results) ? results : {}
}

const stopAtBadEvent: Quirk = {
  id: 'stop-at-bad-event',
  wording: 'drops the events that come after a bad one in a transaction',
  breaks: ['ss.txn.good_pdus_processed'],
  topples: 'all',
  apply: (parts) => handling(parts, 'send', (honest) => oneByOne(honest, 'stop')),
}

const refuseForBadEvent: Quirk = {
  id: 'refuse-for-bad-event',
  wording: 'refuses a transaction for one bad event in it',
  breaks: ['ss.txn.200_even_if_pdu_fails'],
  topples: 'all',
  apply: (parts) => handling(parts, 'send', (honest) => oneByOne(honest, 'refuse')),
}

const swallowTransactions: Quirk = {
  id: 'swallow-transactions',
  wording: 'grants transactions and does nothing with them',
  breaks: ['ss.txn.good_pdus_processed', 'seed.S18', 'ss.repl.catch_up'],
  topples: 'all',
  apply: (parts) => handling(parts, 'send', () => () => ({ status: 200, json: { pdus: {} } })),
}

export const receiptQuirks: readonly Quirk[] = [
  acceptUnsignedEvents,
  acceptBadSignatures,
  ignoreContentHash,
  dropWrongHash,
  skipStateBefore,
  skipSoftFailure,
  showSoftFailed,
  citeSoftFailed,
  stopAtBadEvent,
  refuseForBadEvent,
  swallowTransactions,
]
