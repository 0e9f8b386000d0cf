import { authEventKeys } from '../matrix/auth-events.ts'
import type { Event, JsonObject } from '../matrix/event.ts'
import { serverNameOf } from '../matrix/identifiers.ts'
import { referenceTo } from '../matrix/references.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import { addSignature, finishEvent, type UnsignedPdu } from '../matrix/sign-event.ts'
import { SigningKey } from '../matrix/signing-key.ts'
import { stateKey } from '../matrix/state-key.ts'

export const target = 'target.test'
export const peer = 'peer.test:8448'

export const alice = `@alice:${target}`
export const dan = `@dan:${peer}`

const seeds = { [target]: 1, [peer]: 2 }

export const keys: Readonly<Record<string, SigningKey>> = Object.fromEntries(
  Object.entries(seeds).map(([server, seed]) => [
    server,
    SigningKey.fromSeed(new Uint8Array(32).fill(seed), 'a'),
  ]),
)

export const keyOf = (server: string): SigningKey => {
  const key = keys[server]
  if (key === undefined) throw new Error(`no key for ${server}`)
  return key
}

export interface StoryDraft {
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content?: JsonObject
  /** Ids; absent: what the rules select from the state so far. */
  readonly auth?: readonly string[]
}

/** A room of real events: alice of the target made it, dan of the peer has joined. */
export class Story {
  readonly version: RoomVersion
  readonly events: Event[] = []
  readonly roomId: string
  readonly #state = new Map<string, string>()
  #made = 0

  constructor(version: RoomVersion) {
    this.version = version
    const creator = version.creatorInContent ? { creator: alice } : {}
    const create = this.#finish({
      type: 'm.room.create',
      sender: alice,
      state_key: '',
      content: { room_version: version.id, ...creator },
      ...(version.roomIdFromCreate ? {} : { room_id: `!room:${target}` }),
    })
    this.roomId = create.roomId
    this.#keep(create)
    const users = version.privilegedCreators ? {} : { [alice]: 100 }
    this.add({
      type: 'm.room.member',
      sender: alice,
      state_key: alice,
      content: { membership: 'join' },
    })
    this.add({ type: 'm.room.power_levels', sender: alice, state_key: '', content: { users } })
    this.add({
      type: 'm.room.join_rules',
      sender: alice,
      state_key: '',
      content: { join_rule: 'public' },
    })
    this.add({
      type: 'm.room.member',
      sender: dan,
      state_key: dan,
      content: { membership: 'join' },
    })
  }

  /** An event that becomes part of the room. */
  add(draft: StoryDraft): Event {
    const event = this.make(draft)
    this.#keep(event)
    return event
  }

  /** An event that the room does not get. */
  make(draft: StoryDraft): Event {
    const { auth, content = {}, ...rest } = draft
    const cited = auth ?? this.#select({ ...rest, content })
    const { roomId: room_id } = this
    return this.#finish({ ...rest, content, room_id, auth_events: this.#references(cited) })
  }

  /** The event again, finished after a change to it. */
  remake(event: Event, change: Partial<UnsignedPdu>): Event {
    const { hashes: _, signatures: __, ...pdu } = event.pdu
    return finish({ ...pdu, ...change }, this.version)
  }

  /** With the signature of the other server besides. */
  signedToo(event: Event, server: string): Event {
    return addSignature(event, server, keyOf(server))
  }

  #finish(
    draft: Partial<UnsignedPdu> & { type: string; sender: string; content: JsonObject },
  ): Event {
    const last = this.events.at(-1)
    return finish(
      {
        auth_events: [],
        prev_events: last === undefined ? [] : this.#references([last.id]),
        depth: this.events.length + 1,
        origin_server_ts: 1_700_000_000_000 + this.events.length,
        ...(this.version.eventIds === 'given' ? { event_id: this.#nextId(draft.sender) } : {}),
        ...draft,
      },
      this.version,
    )
  }

  #nextId(sender: string): string {
    this.#made++
    return `$event${this.#made}:${serverNameOf(sender)}`
  }

  /** As the room version writes them. */
  #references(ids: readonly string[]): readonly string[] {
    const pairs = ids.map((id) => {
      const event = this.events.find((each) => each.id === id)
      return event === undefined ? [id, { sha256: '' }] : referenceTo(event)
    })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Pdu: what the wire has in these versions
    return this.version.pairedReferences ? (pairs as readonly unknown[] as readonly string[]) : ids
  }

  #keep(event: Event): void {
    this.events.push(event)
    const { type, state_key } = event.pdu
    if (state_key !== undefined) this.#state.set(stateKey(type, state_key), event.id)
  }

  #select(draft: StoryDraft & { readonly content: JsonObject }): string[] {
    return authEventKeys(draft, this.version)
      .map(([type, key]) => this.#state.get(stateKey(type, key)))
      .filter((id) => id !== undefined)
  }
}

function finish(pdu: UnsignedPdu, version: RoomVersion): Event {
  const server = serverNameOf(pdu.sender)
  return finishEvent(pdu, version, server, keyOf(server))
}
