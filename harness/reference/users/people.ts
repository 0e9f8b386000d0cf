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
export class People {
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

  constructor(ground: Ground) {
    const { store, streams } = ground
    const tell: Tell = (servers, type, content) => {
      for (const server of servers)
        if (server !== ground.name) ground.sender.queue(server).addEdu({ edu_type: type, content })
    }
    this.sharing = new Sharing(ground)
    this.devices = new Devices(store.table('devices'))
    const open = store.table<number>('device-changes')
    this.changes = new DeviceChanges(
      { open, hidden: store.table('signature-changes') },
      streams,
      this.sharing,
    )
    this.crossSigning = new CrossSigning(
      store.table('cross-signing'),
      store.table('attestations'),
    )
    this.oneTimeKeys = new OneTimeKeys(store.table('one-time-keys'))
    this.updates = new DeviceUpdates(store.table('device-sequences'), { ...this, tell })
    this.ownKeys = new OwnKeys(this)
    this.remoteDevices = new RemoteDevices(store.table('remote-devices'), { ...ground, ...this })
    this.keyQueries = new KeyQueries({ ...ground, ...this })
    this.signatures = new SignatureUpload({ ...ground, ...this })
    this.inbox = new Inbox(store.table('to-device'), streams)
    this.toDevice = new ToDevice(store.table('to-device-seen'), { ...ground, ...this, tell })
    this.extras = new Extras({ ...ground, ...this })
    this.#follow(ground.rooms)
  }

  #follow(rooms: Rooms): void {
    this.devices.onChange((user, device, value) => {
      this.changes.mark(user)
      this.updates.device(user, device, value)
      if (value !== undefined) return
      this.inbox.forget({ user, device })
      this.oneTimeKeys.forget({ user, device })
    })
    this.crossSigning.onChange((user) => {
      this.changes.mark(user)
      this.updates.keys(user)
    })
    rooms.onPlaced((room, { event: { pdu } }, arrival) => {
      const user = pdu.type === 'm.room.member' ? pdu.state_key : undefined
      if (arrival !== 'new' || user === undefined) return
      const membership = room.membership(user)
      if (membership === 'leave' || membership === 'ban') this.remoteDevices.forgetFar()
      else if (membership === 'join' && this.devices.has(user)) this.updates.joined(user)
    })
  }
}
