import type { Event, JsonObject } from '../matrix/event.ts'
import type { StateMap } from '../matrix/state-key.ts'
import type { Faults } from './faults.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { Keychain } from './keys/keychain.ts'
import type { Limits } from './limits.ts'
import type { PushRules } from './push/push-rules.ts'
import type { Policies, PolicyParts } from './policy/policies.ts'
import type { UnreadCounts } from './push/unread.ts'
import type { Remote } from './remote.ts'
import type { AccessParts } from './rooms/access.ts'
import type { Author, Finish } from './rooms/build.ts'
import type { Inspector } from './rooms/inspector.ts'
import type { Intake, IntakeParts } from './rooms/intake.ts'
import type { Outliers } from './rooms/outliers.ts'
import type { PartialRooms } from './rooms/partial-rooms.ts'
import type { Room } from './rooms/room.ts'
import type { Rooms } from './rooms/rooms.ts'
import type { Sender } from './sender/sender.ts'
import type { Store } from './store/store.ts'
import type { Transactions } from './transactions.ts'
import type { AccountData } from './users/account-data.ts'
import type { Accounts } from './users/accounts.ts'
import type { Aliases } from './users/aliases.ts'
import type { Directory } from './users/directory.ts'
import type { Forgotten } from './users/forgotten.ts'
import type { Invitations } from './users/invitations.ts'
import type { Knocks } from './users/knocks.ts'
import type { LeaveOrder } from './users/operations.ts'
import type { People } from './users/people.ts'
import type { JoinContentPart } from './users/restricted.ts'
import type { Streams } from './users/streams.ts'

export interface MakingParts {
  /** Hashes and signs what this server's users say. */
  readonly finish: Finish
  /** The auth chain that goes with `events` in answers to other servers. */
  readonly authChain: (room: Room, events: readonly Event[]) => readonly Event[]
  /** Events that go with an invitation to another server. */
  readonly invitationState: (room: Room) => readonly Event[]
  readonly joinContent: JoinContentPart
  /** Has an invitation signed by the invited user's server; throws MatrixError. */
  /** Whether a room is joined without its memberships where the resident server offers that; they are fetched afterwards. */
  readonly joinsWithoutMembers: boolean
  /** Whether memberships are left out of such a state for a joining server that can do without. */
  readonly omitsMembers: (state: StateMap) => boolean
  /** Whether an identity server still stands by the key with which it signed; `url`: where it says so. */
  readonly isKeyValid: (services: Services, url: string, publicKey: string) => Promise<boolean>
  readonly signInvitation: (services: Services, room: Room, event: Event) => Promise<Event>
  /** Tells the inviting server that its invitation is declined, by the event that is answered. What that server says changes nothing. */
  readonly decline: (
    services: Services,
    order: LeaveOrder,
    server: string,
  ) => Promise<Event | undefined>
  /** The server whose directory knows an alias. */
  readonly directoryOf: (alias: string, own: string) => string
  /** Room versions that are named when a join is asked for. */
  readonly versionsForJoin: readonly string[]
  /** Throws MatrixError where a user of ours cannot send anything to the room for now. */
  readonly mayEmit: (services: Services, room: Room) => void
}

/** Takes the content of one EDU; passes over what makes no sense, since nobody is told of it. */
export type EduHandler = (services: Services, origin: string, content: JsonObject) => void

export interface EduParts {
  /** By type: what is kept, so that it is safe before the transaction is answered. */
  readonly lasting: Readonly<Record<string, EduHandler>>
  /** By type: what passes by, after the events of the same transaction. */
  readonly passing: Readonly<Record<string, EduHandler>>
}

/** What handlers and users of one server work with. */
export interface Services {
  readonly name: string
  readonly keychain: Keychain
  readonly clock: () => number
  /** 0 ≤ x < 1, from the seed. */
  readonly random: () => number
  readonly limits: Limits
  /** Server name that `.well-known/matrix/server` gives; absent: none. */
  readonly delegatesTo: string | undefined
  readonly author: Author
  readonly parts: {
    readonly making: MakingParts
    readonly access: AccessParts
    readonly intake: IntakeParts
    readonly policy: PolicyParts
    readonly edus: EduParts
  }
  readonly store: Store
  readonly rooms: Rooms
  readonly keys: KeyRing
  readonly remote: Remote
  readonly inspector: Inspector
  readonly outliers: Outliers
  readonly policies: Policies
  readonly partials: PartialRooms
  readonly intake: Intake
  readonly sender: Sender
  readonly accounts: Accounts
  readonly aliases: Aliases
  readonly directory: Directory
  readonly invitations: Invitations
  readonly knocks: Knocks
  readonly streams: Streams
  readonly forgotten: Forgotten
  readonly accountData: AccountData
  readonly pushRules: PushRules
  readonly unread: UnreadCounts
  readonly people: People
  readonly transactions: Transactions
  /** What went wrong in this server by its own fault. */
  readonly faults: Faults
  /** Joins under way, so that events which come before the join is done need not be lost. */
  readonly joining: Map<string, Promise<unknown>>
}
