import type { JsonObject } from '../../matrix/event.ts'
import type { EduOrder } from '../sender/transaction.ts'
import type { Table } from '../store/store.ts'
import type { CrossSigning } from './cross-signing.ts'
import type { Device, Devices, UserDevices } from './devices.ts'
import type { Sharing } from './sharing.ts'

/** How far a user's sequence of updates has come, and the last of it that each server was sent. */
type Sequence = { readonly last: number; readonly told: Readonly<Record<string, number>> }

/** Sends an EDU to each of the servers but this one. */
export type Tell = (
  servers: Iterable<string>,
  edu: { readonly edu_type: string; readonly content: JsonObject },
  order: EduOrder,
) => void

/** Tells other servers of changes to our users' devices and keys (server-server-api#device-management). */
export class DeviceUpdates {
  readonly #sequences: Table<Sequence>
  readonly #devices: Devices
  readonly #crossSigning: CrossSigning
  readonly #sharing: Sharing
  readonly #tell: Tell

  constructor(
    sequences: Table<Sequence>,
    sources: { devices: Devices; crossSigning: CrossSigning; sharing: Sharing; tell: Tell },
  ) {
    this.#sequences = sequences
    this.#devices = sources.devices
    this.#crossSigning = sources.crossSigning
    this.#sharing = sources.sharing
    this.#tell = sources.tell
  }

  /** The stream_id of the last update of a user's devices. */
  position(user: string): number {
    return this.#sequences.get(user)?.last ?? 0
  }

  /** One device is new, another than it was, or gone (undefined). */
  device(user: string, id: string, device: Device | undefined): void {
    const { last, told } = this.#sequences.get(user) ?? { last: 0, told: {} }
    const stream = last + 1
    const servers = this.#sharing.servers(user)
    const stillTold = Object.entries(told).filter(([server]) => servers.has(server))
    const news = [...servers].map((server) => [server, stream] as const)
    this.#sequences.set(user, {
      last: stream,
      told: { ...Object.fromEntries(stillTold), ...Object.fromEntries(news) },
    })
    const content = {
      user_id: user,
      device_id: id,
      stream_id: stream,
      prev_id: last === 0 ? [] : [last],
      ...(device === undefined ? { deleted: true } : {}),
      ...(device?.display_name === undefined ? {} : { device_display_name: device.display_name }),
      ...(device?.keys === undefined ? {} : { keys: device.keys }),
    }
    this.#tell(servers, { edu_type: 'm.device_list_update', content }, { keep: 'always' })
  }

  keys(user: string): void {
    const { master_key, self_signing_key } = this.#crossSigning.of(user)
    const content = {
      user_id: user,
      ...(master_key === undefined ? {} : { master_key }),
      ...(self_signing_key === undefined ? {} : { self_signing_key }),
    }
    const edu = { edu_type: 'm.signing_key_update', content }
    this.#tell(this.#sharing.servers(user), edu, { keep: 'always', key: `signing-keys ${user}` })
  }

  /** A user has joined a room: where that has servers which do not follow the user's devices, all are told of them. */
  joined(user: string): void {
    const all: UserDevices = this.#devices.of(user)
    const { last, told } = this.#sequences.get(user) ?? { last: 0, told: {} }
    const isNew = [...this.#sharing.servers(user)].some((server) => told[server] !== last)
    if (isNew) for (const [id, device] of Object.entries(all)) this.device(user, id, device)
  }
}
