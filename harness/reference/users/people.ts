import { DeviceChanges } from '../devices/device-changes.ts'
import { Devices } from '../devices/devices.ts'
import { Inbox } from '../devices/inbox.ts'
import { OneTimeKeys } from '../devices/one-time-keys.ts'
import { Sharing } from '../devices/sharing.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Store } from '../store/store.ts'
import type { Streams } from './streams.ts'
import { Extras } from './sync-extras.ts'

/** What this takes of a server. */
interface Ground {
  readonly name: string
  readonly store: Store
  readonly rooms: Rooms
  readonly streams: Streams
}

/** What people have and do beside events: devices, keys, messages to devices, typing, receipts, presence. */
export class People {
  readonly sharing: Sharing
  readonly devices: Devices
  readonly changes: DeviceChanges
  readonly oneTimeKeys: OneTimeKeys
  readonly inbox: Inbox
  readonly extras: Extras

  constructor(server: Ground) {
    const { store, streams } = server
    this.sharing = new Sharing(server)
    this.devices = new Devices(store.table('devices'))
    this.changes = new DeviceChanges(store.table('device-changes'), streams, this.sharing)
    this.oneTimeKeys = new OneTimeKeys(store.table('one-time-keys'))
    this.inbox = new Inbox(store.table('to-device'), streams)
    this.extras = new Extras(this)
    this.devices.onChange((user, device, change) => {
      this.changes.mark(user)
      if (change === 'set') return
      this.inbox.forget({ user, device })
      this.oneTimeKeys.forget({ user, device })
    })
  }
}
