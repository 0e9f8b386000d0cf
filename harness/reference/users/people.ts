import { serverNameOf } from '../../matrix/identifiers.ts'
import { CrossSigning } from '../devices/cross-signing.ts'
import { DeviceChanges } from '../devices/device-changes.ts'
import { DeviceUpdates, type Tell } from '../devices/device-updates.ts'
import { Devices } from '../devices/devices.ts'
import { Inbox } from '../devices/inbox.ts'
import { KeyQueries } from '../devices/key-queries.ts'
import { OneTimeKeys } from '../devices/one-time-keys.ts'
import { OwnKeys } from '../devices/own-keys.ts'
import { RemoteDevices } from '../devices/remote-devices.ts'
import { Sharing } from '../devices/sharing.ts'
import { SignatureUpload } from '../devices/signature-upload.ts'
import { ToDevice } from '../devices/to-device.ts'
import { Presence } from '../ephemeral/presence.ts'
import { Receipts } from '../ephemeral/receipts.ts'
import { Typing } from '../ephemeral/typing.ts'
import type { Bytes } from '../media/bytes.ts'
import { Media } from '../media/media.ts'
import { RemoteMedia } from '../media/remote-media.ts'
import type { Remote } from '../remote.ts'
import type { Room } from '../rooms/room.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { isServerIn, membershipIn } from '../rooms/roster.ts'
import type { Sender } from '../sender/sender.ts'
import type { Placed, Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import type { Streams } from './streams.ts'
import { OpenIds } from './openid.ts'
import { Extras } from './sync-extras.ts'

/** What this takes of a server. */
interface Ground {
  readonly name: string
  readonly clock: () => number
  readonly store: Store
  /** Where the bytes of media are. */
  readonly bytes: Bytes
  readonly accounts: Accounts
  readonly rooms: Rooms
  readonly remote: Remote
  readonly sender: Sender
  readonly streams: Streams
}

/** What people have and do beside events: devices, keys, messages to devices, typing, receipts, presence. */
export interface People {
  readonly name: string
  readonly rooms: Rooms
  readonly sharing: Sharing
  readonly devices: Devices
  readonly changes: DeviceChanges
  readonly updates: DeviceUpdates
  readonly crossSigning: CrossSigning
  readonly oneTimeKeys: OneTimeKeys
  readonly ownKeys: OwnKeys
  readonly remoteDevices: RemoteDevices
  readonly keyQueries: KeyQueries
  readonly signatures: SignatureUpload
  readonly inbox: Inbox
  readonly toDevice: ToDevice
  readonly typing: Typing
  readonly receipts: Receipts
  readonly presence: Presence
  readonly openid: OpenIds
  readonly media: Media
  readonly remoteMedia: RemoteMedia
  readonly extras: Extras
}

/** Puts together what people have at one server. */
export function peopleOf(ground: Ground): People {
  const { store, streams } = ground
  const tell: Tell = (...edu) => ground.sender.sendEdu(...edu)
  const sharing = new Sharing(ground)
  const devices = new Devices(store.table('devices'))
  const base = {
    ...ground,
    tell,
    sharing,
    devices,
    changes: new DeviceChanges(
      { open: store.table('device-changes'), hidden: store.table('attested') },
      streams,
      sharing,
    ),
    crossSigning: new CrossSigning(store.table('cross-signing'), store.table('attestations')),
    oneTimeKeys: new OneTimeKeys(store.table('one-time-keys')),
    inbox: new Inbox(store.table('to-device'), streams),
  }
  const ownKeys = new OwnKeys(base)
  const remoteDevices = new RemoteDevices(store.table('remote-devices'), base)
  const passing = {
    typing: new Typing(base),
    receipts: new Receipts(store.table('receipts'), base),
    presence: new Presence(store.table('presence'), base),
  }
  const people = {
    ...base,
    ...passing,
    ownKeys,
    remoteDevices,
    updates: new DeviceUpdates(store.table('device-sequences'), base),
    keyQueries: new KeyQueries({ ...base, ownKeys, remoteDevices }),
    signatures: new SignatureUpload({ ...base, remoteDevices }),
    toDevice: new ToDevice(store.table('to-device-seen'), base),
    openid: new OpenIds(store.table('openid-tokens'), ground.clock),
    media: new Media(store.table('media'), ground.bytes, ground.clock),
    remoteMedia: new RemoteMedia(ground.remote),
    extras: new Extras({ ...base, ...passing }),
  }
  follow(people, ground.rooms)
  return people
}

/** One thing leads to another. */
function follow(people: People, rooms: Rooms): void {
  const { devices, crossSigning, changes, updates, inbox, oneTimeKeys, remoteDevices } = people
  devices.onChange((user, device, value) => {
    changes.mark(user)
    updates.device(user, device, value)
    if (value !== undefined) return
    inbox.forget({ user, device })
    oneTimeKeys.forget({ user, device })
  })
  crossSigning.onChange((user, isPrivate) => {
    if (isPrivate) return changes.markFor(user, user)
    changes.mark(user)
    updates.keys(user)
  })
  rooms.onPlaced((room, node, arrival) => {
    const { type, state_key: user } = node.event.pdu
    if (arrival !== 'new' || type !== 'm.room.member' || user === undefined) return
    const membership = room.membership(user)
    if (membership === 'leave' || membership === 'ban') {
      people.typing.left(room, user)
      remoteDevices.forgetFar()
    } else if (membership === 'join') joined(people, room, { node, user })
  })
}

/** Who meets for the first time hears of each other. */
function joined(
  { devices, updates, presence, name }: People,
  room: Room,
  { node, user }: { node: Placed; user: string },
): void {
  const server = serverNameOf(user)
  if (server === name) {
    if (devices.has(user)) updates.joined(user)
    if (membershipIn(node.before, user, room.lookup) !== 'join')
      presence.introduce([user], room.servers)
  } else if (!isServerIn(node.before, server, room.lookup)) {
    const ours = [...room.joined].filter((one) => serverNameOf(one) === name)
    presence.introduce(ours, [server])
  }
}
