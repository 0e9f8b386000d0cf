import { authEventKeys } from './auth-events.ts'
import { authorize } from './auth-rules/authorize.ts'
import type { Event, JsonObject, Pdu } from './event.ts'
import type { EventLookup } from './graph.ts'
import type { RoomVersion } from './room-version.ts'
import { type StateKey, type StateMap, stateKey } from './state-key.ts'
import { resolveState } from './state-resolution/resolve-state.ts'

export interface TestDraft {
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content?: JsonObject
  /** Absent: `$` with a running number. */
  readonly id?: string
  /** Absent: the event added last. */
  readonly after?: readonly string[]
  /** Absent: what the rules select from the state before. */
  readonly auth?: readonly string[]
  readonly ts?: number
  /** It leaves the state as it was. */
  readonly rejected?: boolean
  readonly roomId?: string
  readonly signatures?: Pdu['signatures']
  readonly redacts?: string
}

/**
 * A room for tests, whose events have ids that can be read and neither hashes nor signatures. Nothing is judged: every
 * state event counts, unless it is said to be rejected, or found to be so by `addJudged`.
 */
export class TestRoom {
  readonly version: RoomVersion
  roomId: string
  readonly events: Event[] = []
  readonly #states = new Map<string, StateMap>()
  readonly #rejected = new Set<string>()
  readonly #byId = new Map<string, Event>()

  constructor(version: RoomVersion, creator = '@creator:a', content: JsonObject = {}) {
    this.version = version
    this.roomId = '!room:a'
    const named = version.creatorInContent ? { creator } : {}
    const create = this.add({
      type: 'm.room.create',
      sender: creator,
      state_key: '',
      content: { room_version: version.id, ...named, ...content },
      id: '$create',
      after: [],
    })
    if (version.roomIdFromCreate) this.roomId = `!${create.id.slice(1)}`
  }

  readonly lookup: EventLookup = (id) => this.#byId.get(id)

  get last(): string {
    return this.events.at(-1)?.id ?? ''
  }

  /** A room with the same events, to which others can be added. */
  copy(): TestRoom {
    const room = new TestRoom(this.version)
    room.roomId = this.roomId
    room.events.splice(0, room.events.length, ...this.events)
    for (const event of this.events) room.#byId.set(event.id, event)
    for (const [id, state] of this.#states) room.#states.set(id, state)
    for (const id of this.#rejected) room.#rejected.add(id)
    return room
  }

  /** The state before the children of all these events. */
  stateAfter(ids: readonly string[]): StateMap {
    const sets = ids.map((id) => this.#states.get(id) ?? new Map<StateKey, string>())
    return resolveState(sets, this.lookup, this.version, this.rejected)
  }

  add(draft: TestDraft): Event {
    const { id = `$${this.events.length}`, after = this.events.length > 0 ? [this.last] : [] } =
      draft
    const before = this.stateAfter(after)
    const auth = draft.auth ?? this.#select(draft, before)
    const event = this.finish(this.make({ ...draft, id, after, auth }))
    this.events.push(event)
    this.#byId.set(event.id, event)
    const changes = draft.state_key !== undefined && draft.rejected !== true
    const state = new Map(before)
    if (changes) state.set(stateKey(draft.type, draft.state_key), event.id)
    this.#states.set(event.id, state)
    return event
  }

  /** For rooms whose events are to be more than drafts. */
  protected finish(event: Event): Event {
    return event
  }

  /** As `add`, but the event leaves the state as it was if the state before it forbids it. */
  addJudged(draft: TestDraft): Event {
    const after = draft.after ?? [this.last]
    const before = this.stateAfter(after)
    const event = this.make({ ...draft, after })
    const refusal = authorize(event, (type, key) => {
      const id = before.get(stateKey(type, key))
      return id === undefined ? undefined : this.lookup(id)
    })
    const added = this.add({ ...draft, rejected: refusal !== undefined })
    if (refusal !== undefined) this.#rejected.add(added.id)
    return added
  }

  readonly rejected = (id: string): boolean => this.#rejected.has(id)

  /** An event that the room does not get. */
  make(draft: TestDraft): Event {
    const { type, sender, content = {}, ts = 1000 + this.events.length } = draft
    const id = draft.id ?? '$draft'
    const makesRoom = type === 'm.room.create' && this.version.roomIdFromCreate
    const roomId = draft.roomId ?? (makesRoom ? '!create' : this.roomId)
    return {
      id,
      roomId,
      version: this.version,
      pdu: {
        type,
        sender,
        content,
        ...(makesRoom ? {} : { room_id: roomId }),
        ...this.#optionalFields(draft, id),
        prev_events: this.#references(draft.after ?? [this.last]),
        auth_events: this.#references(draft.auth ?? []),
        depth: this.events.length + 1,
        origin_server_ts: ts,
        hashes: { sha256: '' },
        signatures: draft.signatures ?? {},
      },
    }
  }

  member(user: string, membership: string, rest: Partial<TestDraft> = {}): Event {
    const { content, ...others } = rest
    return this.add({
      type: 'm.room.member',
      sender: user,
      state_key: user,
      content: { membership, ...content },
      ...others,
    })
  }

  state(type: string, sender: string, content: JsonObject, rest: Partial<TestDraft> = {}): Event {
    return this.add({ type, sender, state_key: '', content, ...rest })
  }

  #optionalFields({ redacts, state_key }: TestDraft, event_id: string): Partial<Pdu> {
    return {
      ...(state_key === undefined ? {} : { state_key }),
      ...(this.version.eventIds === 'given' ? { event_id } : {}),
      ...(redacts === undefined ? {} : { redacts }),
    }
  }

  /** As the room version writes them; in pairs the hashes are left empty. */
  #references(ids: readonly string[]): readonly string[] {
    const pairs = ids.map((id) => [id, { sha256: '' }] as const)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Pdu: what the wire has in these versions
    return this.version.pairedReferences ? (pairs as readonly unknown[] as readonly string[]) : ids
  }

  #select(draft: TestDraft, before: StateMap): string[] {
    const selectable = { ...draft, content: draft.content ?? {} }
    return authEventKeys(selectable, this.version)
      .map(([type, key]) => before.get(stateKey(type, key)))
      .filter((id) => id !== undefined)
  }
}
