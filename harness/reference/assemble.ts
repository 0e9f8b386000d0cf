import type { WireClient } from '../wire/client.ts'
import type { Faults } from './faults.ts'
import { KeyRing } from './keys/key-ring.ts'
import type { Keychain } from './keys/keychain.ts'
import type { Bytes } from './media/bytes.ts'
import type { Limits } from './limits.ts'
import type { Parts } from './parts.ts'
import { PushRules } from './push/push-rules.ts'
import { Policies } from './policy/policies.ts'
import { UnreadCounts } from './push/unread.ts'
import { seededRandom } from './random.ts'
import { Remote } from './remote.ts'
import { Fetcher } from './rooms/fetcher.ts'
import { Gaps } from './rooms/gaps.ts'
import { Inspector } from './rooms/inspector.ts'
import { Intake } from './rooms/intake.ts'
import { Outliers } from './rooms/outliers.ts'
import { PartialRooms } from './rooms/partial-rooms.ts'
import { Rooms } from './rooms/rooms.ts'
import { Sender } from './sender/sender.ts'
import type { Services } from './services.ts'
import type { Store } from './store/store.ts'
import { Transactions } from './transactions.ts'
import { AccountData } from './users/account-data.ts'
import { Accounts } from './users/accounts.ts'
import { Aliases } from './users/aliases.ts'
import { Directory } from './users/directory.ts'
import { Forgotten } from './users/forgotten.ts'
import { Invitations } from './users/invitations.ts'
import { peopleOf } from './users/people.ts'
import { Knocks } from './users/knocks.ts'
import { Streams } from './users/streams.ts'

export interface Assembly {
  readonly client: WireClient
  readonly keychain: Keychain
  readonly clock: () => number
  readonly seed: number
  readonly limits: Limits
  readonly parts: Parts
  readonly faults: Faults
  readonly store: Store
  /** Where the bytes of media are kept. */
  readonly bytes: Bytes
  readonly delegatesTo: string | undefined
  /** Notes what is worth knowing. */
  readonly tell: (what: string) => void
}

/** Puts a server together from its parts. */
export function assemble(assembly: Assembly): Services {
  const { client, keychain, clock, seed, limits, parts, faults, store, delegatesTo } = assembly
  const { name } = client
  const receiving = receivingOf(assembly)
  const rooms = new Rooms({ own: name, store, parts: parts.rooms })
  receiving.partials.resume(rooms)
  const invitations = new Invitations(store)
  const knocks = new Knocks(store)
  const streams = new Streams(name, rooms, { invitations, knocks })
  const accountData = new AccountData(store, streams)
  const services = {
    name,
    keychain,
    clock,
    random: seededRandom(seed),
    limits,
    author: keychain,
    parts: {
      making: parts.making,
      access: parts.access,
      intake: parts.intake,
      edus: parts.edus,
      policy: parts.policy,
    },
    store,
    rooms,
    ...receiving,
    sender: senderOf(assembly, receiving.remote),
    accounts: new Accounts(name, store),
    aliases: new Aliases(store),
    directory: new Directory(store),
    invitations,
    knocks,
    streams,
    forgotten: new Forgotten(store),
    accountData,
    pushRules: new PushRules(accountData),
    transactions: new Transactions(limits.transactions, store),
    faults,
    delegatesTo,
    joining: new Map<string, Promise<unknown>>(),
  }
  const people = peopleOf({ ...services, bytes: assembly.bytes })
  return {
    ...services,
    people,
    unread: new UnreadCounts({ rules: services.pushRules, receipts: people.receipts }),
  }
}

/** Everything between the wire and the rooms. */
function receivingOf({ client, keychain, clock, limits, parts, store, faults }: Assembly) {
  const { name } = client
  const remote = new Remote(client, limits.requestMs)
  const keys = new KeyRing({ remote, keychain, clock, table: store.table('server-keys') })
  const inspector = new Inspector(keys, parts.receipt)
  const fetcher = new Fetcher(remote, inspector, limits)
  const outliers = new Outliers(fetcher)
  const policies = new Policies({ own: name, remote, parts: parts.policy, clock })
  const { judgeFetched } = parts.intake
  const gaps = new Gaps(fetcher, outliers, { limits, judgeFetched, policies })
  const intake = new Intake({ own: name, gaps, parts: parts.intake, limits })
  const partials = new PartialRooms({ own: name, store, gaps, limits, faults })
  return { remote, keys, inspector, outliers, policies, partials, intake }
}

function senderOf(assembly: Assembly, remote: Remote): Sender {
  const { parts, limits, clock, seed, store, tell, faults } = assembly
  return new Sender({
    remote,
    parts: parts.sending,
    limits,
    clock,
    // Of its own, so that chance elsewhere does not hang on who could not be reached.
    random: seededRandom(seed + 1),
    store,
    tell,
    onFault: (error) => faults.push(error),
  })
}
