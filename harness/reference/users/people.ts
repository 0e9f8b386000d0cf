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
import type { Remote } from '../remote.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Sender } from '../sender/sender.ts'
import type { Store } from '../store/store.ts'
import type { Streams } from './streams.ts'
import { Extras } from './sync-extras.ts'

/** What this takes of a server. */
interface Ground {
  readonly name: string
  readonly clock: () => number
  readonly store: Store
  readonly rooms: Rooms
  readonly remote: Remote
  readonly sender: Sender
  readonly streams: Streams
}

/** What people have and do beside events: devices, keys, messages to devices, typing, receipts, presence. */
export interface People {
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
  readonly extras: Extras
}

/** Puts together what people have at one server. */
export function peopleOf(ground: Ground): People {
  const { store, streams } = ground
  const tell: Tell = (servers, type, content) => {
    for (const server of servers)
      if (server !== ground.name) ground.sender.queue(server).addEdu({ edu_type: type, content })
  }
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
  const people = {
    ...base,
    ownKeys,
    remoteDevices,
    updates: new DeviceUpdates(store.table('device-sequences'), base),
    keyQueries: new KeyQueries({ ...base, ownKeys, remoteDevices }),
    signatures: new SignatureUpload({ ...base, remoteDevices }),
    toDevice: new ToDevice(store.table('to-device-seen'), base),
    extras: new Extras(base),
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
  crossSigning.onChange((user) => {
    changes.mark(user)
    updates.keys(user)
  })
  rooms.onPlaced((room, { event: { pdu } }, arrival) => {
    const user = pdu.type === 'm.room.member' ? pdu.state_key : undefined
    if (arrival !== 'new' || user === undefined) return
    const membership = room.membership(user)
    if (membership === 'leave' || membership === 'ban') remoteDevices.forgetFar()
    else if (membership === 'join' && devices.has(user)) updates.joined(user)
  })
}
