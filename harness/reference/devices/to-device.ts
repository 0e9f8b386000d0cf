import { randomBytes } from 'node:crypto'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { JsonObject } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/identifiers.ts'
import { isObject } from '../../matrix/json.ts'
import type { Table } from '../store/store.ts'
import type { Devices } from './devices.ts'
import type { Tell } from './device-updates.ts'
import type { Inbox } from './inbox.ts'

interface Sources {
  readonly name: string
  readonly clock: () => number
  readonly devices: Devices
  readonly inbox: Inbox
  readonly tell: Tell
}

export interface Letter {
  readonly sender: string
  readonly type: string
  /** Contents by device (`*`: all of them) by user. */
  readonly messages: JsonObject
}

/** Ids of other servers' messages that are remembered; the oldest are forgotten first. */
const maxRemembered = 20_000
const maxIdLength = 32

/** Messages to devices, in and out (client-server-api#send-to-device-messaging, server-server-api#send-to-device-messaging). */
export class ToDevice {
  /** When a message of another server came. */
  readonly #seen: Table<number>
  readonly #sources: Sources
  #count: number

  constructor(seen: Table<number>, sources: Sources) {
    this.#seen = seen
    this.#sources = sources
    this.#count = [...seen.entries()].length
  }

  /** From a user of ours to whomever. */
  send({ sender, type, messages }: Letter): void {
    const { name, tell } = this.#sources
    const elsewhere = new Map<string, Record<string, JsonObject>>()
    for (const [user, devices] of Object.entries(messages)) {
      if (!isUserId(user) || !isObject(devices)) continue
      const server = serverNameOf(user)
      if (server === name) this.#deliver(user, devices, { sender, type })
      else elsewhere.set(server, { ...elsewhere.get(server), [user]: devices })
    }
    for (const [server, users] of elsewhere) {
      const message_id = randomBytes(12).toString('base64url')
      const content = { sender, type, message_id, messages: users }
      tell([server], { edu_type: 'm.direct_to_device', content }, { keep: 'always' })
    }
  }

  /** The content of an m.direct_to_device from `origin`; one that came before or makes no sense is passed over. */
  receive(origin: string, content: JsonObject): void {
    const { name } = this.#sources
    const sender = stringAt(content, 'sender')
    const type = stringAt(content, 'type')
    const id = stringAt(content, 'message_id')
    const messages = valueAt(content, 'messages')
    if (sender === undefined || type === undefined || id === undefined || !isObject(messages))
      return
    if (!isUserId(sender) || serverNameOf(sender) !== origin || Array.from(id).length > maxIdLength)
      return
    if (!this.#isNew(`${origin} ${id}`)) return
    for (const [user, devices] of Object.entries(messages))
      if (serverNameOf(user) === name && isObject(devices))
        this.#deliver(user, devices, { sender, type })
  }

  #deliver(user: string, devices: JsonObject, letter: Pick<Letter, 'sender' | 'type'>): void {
    const known = this.#sources.devices.of(user)
    for (const [device, content] of Object.entries(devices)) {
      if (!isObject(content)) continue
      const message = { sender: letter.sender, type: letter.type, content }
      const to = device === '*' ? Object.keys(known) : [device]
      for (const one of to)
        if (Object.hasOwn(known, one)) this.#sources.inbox.put({ user, device: one }, message)
    }
  }

  #isNew(key: string): boolean {
    if (this.#seen.get(key) !== undefined) return false
    this.#seen.set(key, this.#sources.clock())
    this.#count += 1
    if (this.#count > maxRemembered) this.#forgetOlderHalf()
    return true
  }

  #forgetOlderHalf(): void {
    const all = [...this.#seen.entries()].toSorted(([, a], [, b]) => a - b)
    const old = all.slice(0, Math.floor(all.length / 2))
    for (const [key] of old) this.#seen.delete(key)
    this.#count = all.length - old.length
  }
}
