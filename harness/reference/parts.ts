import { serverNameOf } from '../matrix/identifiers.ts'
import { authChain } from '../matrix/graph.ts'
import { redactsOf } from '../matrix/read-event.ts'
import { authChecks, proofChecks, withoutContent } from '../matrix/receipt.ts'
import { checkSignaturesAside } from '../matrix/sign-event.ts'
import { resolveIn } from '../matrix/state-resolution/resolve-state.ts'
import type { OperationName } from '../wire/endpoints.ts'
import { verifyRequest } from '../wire/x-matrix.ts'
import { refuseUnsigned, type RequestParts } from './request-auth.ts'
import { devices, keysClaim, keysQuery } from './handlers/devices.ts'
import { standardEdus } from './handlers/edus.ts'
import { hierarchy, publicRooms, publicRoomsFiltered } from './handlers/exploring.ts'
import type { Handler } from './handlers/handler.ts'
import { backfill, event, getMissingEvents } from './handlers/history.ts'
import { invite, inviteV1 } from './handlers/inviting.ts'
import { makeJoin, sendJoin } from './handlers/joining.ts'
import { makeKnock, sendKnock } from './handlers/knocking.ts'
import { makeLeave, sendLeave } from './handlers/leaving.ts'
import { mediaDownload, mediaThumbnail } from './handlers/media.ts'
import { policySign } from './handlers/policy.ts'
import { directory, openidUserinfo, profile, query } from './handlers/queries.ts'
import { send } from './handlers/send.ts'
import { queryKeys, queryKeysBatch, serverKeys, version } from './handlers/server.ts'
import { eventAuth, state, stateIds } from './handlers/state.ts'
import { wellKnown } from './handlers/well-known.ts'
import { exchangeThirdPartyInvite, onBind } from './handlers/third-party.ts'
import { timestampToEvent } from './handlers/timestamps.ts'
import { offeredVersions } from './offered-versions.ts'
import type { PolicyParts } from './policy/policies.ts'
import { isRecommended } from './policy/policy.ts'
import { type AccessParts, allowed, mayAsk, shownTo } from './rooms/access.ts'
import { finish } from './rooms/build.ts'
import type { ReceiptParts } from './rooms/inspector.ts'
import type { IntakeParts } from './rooms/intake.ts'
import type { RoomParts } from './rooms/room.ts'
import { stateWith } from './rooms/state.ts'
import { destinationsOf } from './sender/destinations.ts'
import { pause } from './sender/backoff.ts'
import type { ReplicationParts } from './sender/sender.ts'
import type { EduParts, MakingParts } from './services.ts'
import { signInvitation } from './users/invite.ts'
import { invitationState } from './users/invitations.ts'
import { decline } from './users/leave.ts'
import { stateOfJoin } from './users/remote-join.ts'
import { joinContent } from './users/restricted.ts'
import { isKeyValid } from './users/third-party.ts'

/** Everything of the reference that can be replaced from outside, by name. Parts hold no state: servers may share them. */
export interface Parts {
  /** By operation of wire/endpoints.ts; one without a handler is unknown here. */
  readonly handlers: Readonly<Partial<Record<OperationName, Handler>>>
  /** Who a request is from. */
  readonly requests: RequestParts
  /** Format, signatures and content hash of what comes in. */
  readonly receipt: ReceiptParts
  /** Authorisation, parents of new events, state resolution, redaction. */
  readonly rooms: RoomParts
  /** Gaps, and the state that comes with a join. */
  readonly intake: IntakeParts
  /** What comes beside events, by type. */
  readonly edus: EduParts
  /** Policy servers: those of rooms, and being one. */
  readonly policy: PolicyParts
  /** Who may ask for what. */
  readonly access: AccessParts
  /** Who gets what, and what happens when it cannot be delivered. */
  readonly sending: ReplicationParts
  /** Signing, auth chains, templates, invitations. */
  readonly making: MakingParts
}

/** The most parents that an event may have (rooms/v1#event-format). */
const maxParents = 20

/** Below, leaving memberships out would save nothing. */
const largeState = 100

/** The parts of an honest server. */
export const standardParts: Parts = {
  handlers: {
    wellKnown,
    version,
    serverKeys,
    queryKeys,
    queryKeysBatch,
    makeJoin,
    sendJoin,
    makeKnock,
    sendKnock,
    invite,
    inviteV1,
    makeLeave,
    sendLeave,
    exchangeThirdPartyInvite,
    onBind,
    policySign,
    publicRooms,
    publicRoomsFiltered,
    hierarchy,
    timestampToEvent,
    send,
    event,
    state,
    stateIds,
    eventAuth,
    backfill,
    getMissingEvents,
    directory,
    profile,
    devices,
    keysQuery,
    keysClaim,
    query,
    openidUserinfo,
    mediaDownload,
    mediaThumbnail,
  },
  edus: standardEdus,
  requests: { verify: verifyRequest, unsigned: refuseUnsigned },
  receipt: { ...proofChecks, checkSignatures: checkSignaturesAside },
  rooms: {
    ...authChecks,
    parents: (heads) => heads.slice(0, maxParents).map(({ id }) => id),
    resolve: (sets, lookup, of, rejected) =>
      resolveIn(sets, { lookup, version: of, rejected, asDeployed: true }),
    stateAfter: stateWith,
    canBeHead: ({ standing }) => standing === 'accepted',
    isForUsers: ({ standing }) => standing === 'accepted',
    redacts: redactsOf,
    redacted: withoutContent,
  },
  intake: {
    fillGaps: (wanting, gaps) => gaps.close(wanting),
    toAsk: (servers) => servers,
    judgeFetched: (room, one) => room.assess(one),
    stateOfJoin,
  },
  policy: { isRecommended },
  access: { mayAsk, shownTo, allowed },
  sending: {
    destinations: destinationsOf,
    pause,
    transactionId: (id) => id,
    mayStart: () => true,
    afterFailure: () => 'keep',
    maxPdus: 50,
    maxEdus: 100,
  },
  making: {
    finish,
    authChain: (room, events) => {
      const ids = events.map(({ id }) => id)
      return [...authChain(ids, room.lookup)].flatMap((id) => room.lookup(id) ?? [])
    },
    invitationState,
    joinContent,
    joinsWithoutMembers: false,
    omitsMembers: ({ size }) => size >= largeState,
    isKeyValid,
    signInvitation,
    decline,
    directoryOf: serverNameOf,
    versionsForJoin: offeredVersions.map(({ id }) => id),
    mayEmit: () => undefined,
  },
}
