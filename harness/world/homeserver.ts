import type { Event, Json, JsonObject, Pdu } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'

export interface Room {
  readonly id: string
  readonly version: RoomVersion
}

/** What an author wants to say, before it has a place in the graph, hashes and a signature. */
export interface Draft {
  readonly type: string
  readonly content: JsonObject
  /** Present: a state event. */
  readonly state_key?: string
  /** Absent: the default user of the server that sends it. */
  readonly sender?: string
  /** Only for m.room.redaction: the event to redact. */
  readonly redacts?: string
}

export interface RoomOptions {
  /** Absent: the room version of the check. */
  readonly version?: RoomVersion
  /** Absent: the server's default user. */
  readonly creator?: string
  readonly name?: string
  readonly topic?: string
  /** `public`: anyone may join (the default); `invite`: only who is invited. */
  readonly joinRule?: 'public' | 'invite'
  /** User id → power level, laid over the default of 100 for the creator where the version lists creators at all. */
  readonly power?: Readonly<Record<string, number>>
  /** Further state events of the new room, in order. */
  readonly initialState?: readonly Draft[]
  /** Localpart of an alias to publish. */
  readonly alias?: string
  readonly invite?: readonly string[]
}

/** An event as a client sees it: no parents, no hashes. `state_key` is present for state events. */
export interface ClientEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: JsonObject
  readonly origin_server_ts?: number
  readonly unsigned?: JsonObject
}

/**
 * A server seen from outside: what any honest homeserver can be asked to do by its users.
 * `as` and `by` are user ids of this server; absent means its default user.
 * A refusal by the server (4xx) throws `Refused` with status and errcode; what the target does not offer throws `Unsupported`.
 */
export interface Homeserver {
  /** Its server name, as in `@alice:NAME`. */
  readonly name: string
  /** Its default user: fresh in every world. */
  readonly user: string
  /** True for the server that is judged. */
  readonly isTarget: boolean
  /** A further fresh user; the localpart begins with `localpart` and is made unique. */
  newUser(localpart: string): Promise<string>
  createRoom(options?: RoomOptions): Promise<Room>
  invite(room: Room, user: string, by?: string): Promise<void>
  /** Joins through `via` and comes back when the join is done at this server. */
  join(room: Room, via: Homeserver, as?: string): Promise<void>
  /** Joins by `#alias:server`; answers the room id. */
  joinByAlias(alias: string, as?: string): Promise<string>
  leave(room: Room, as?: string): Promise<void>
  kick(room: Room, user: string, by?: string): Promise<void>
  ban(room: Room, user: string, by?: string): Promise<void>
  unban(room: Room, user: string, by?: string): Promise<void>
  /** Sends the drafts one after the other; answers their event ids in the same order. */
  send<Drafts extends readonly Draft[]>(
    room: Room,
    ...drafts: Drafts
  ): Promise<{ readonly [Index in keyof Drafts]: string }>
  redact(room: Room, eventId: string, by?: string): Promise<string>
  /** The current state as a joined user sees it. */
  state(room: Room, as?: string): Promise<readonly ClientEvent[]>
  /** One piece of current state, or undefined. */
  stateEvent(
    room: Room,
    type: string,
    stateKey?: string,
    as?: string,
  ): Promise<JsonObject | undefined>
  /** The events that a user sees in the room, oldest first, to a bound of 1,000. */
  timeline(room: Room, as?: string): Promise<readonly ClientEvent[]>
  /** Waits (long poll, no sleep) until all of `eventIds` are in the timeline of a user; throws Nonconformance naming the missing. */
  sees(room: Room, eventIds: readonly string[], as?: string): Promise<void>
  /** Waits until a user has an invitation to the room; answers the stripped state that came with it. */
  invited(room: Room, as?: string): Promise<readonly JsonObject[]>
  profile(user: string, as?: string): Promise<JsonObject>
  setDisplayName(name: string, as?: string): Promise<void>
}

/** What came back from a request that a scenario made. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined where it is not JSON. */
  readonly json: Json | undefined
  /** Why it could not be parsed, where it says that it is JSON. */
  readonly jsonError?: string
  /** Number of the exchange in the journal. */
  readonly exchange: number
}

export interface RequestOptions {
  /** Path parameters by name, not yet escaped. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Json
  /** The request breaks a rule on purpose, so it is not held against the harness. */
  readonly deliberate?: boolean
  readonly timeoutMs?: number
  /** Signs with the key of this peer instead, still in the name of the one that asks. */
  readonly signer?: Peer
  /** False: no Authorization header at all. */
  readonly sign?: boolean
}

export interface ForgeOptions {
  /** Parents; absent: the room's current heads as the peer knows them. */
  readonly after?: readonly (Event | string)[]
  /** auth_events; absent: those that the rules select from the state before the event. */
  readonly auth?: readonly (Event | string)[]
  /** Changes the event before hashes and signatures are made. */
  readonly change?: (pdu: Pdu) => Pdu
  /** Changes the finished event, so that hash or signature no longer fit. */
  readonly spoil?: (pdu: Pdu) => Pdu
  /** Signs with the key and in the name of this peer instead of the own. */
  readonly signer?: Peer
  readonly originServerTs?: number
}

/** A PDU that reached a peer through PUT /send, and how. */
export interface Delivery {
  readonly event: Event
  readonly from: string
  readonly transaction: string
  readonly exchange: number
}

export interface Answer {
  readonly status: number
  readonly body?: Json
  /** Instead of a body in JSON: these bytes, whatever they are. Their Content-Type has to be named in the headers. */
  readonly bytes?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** One request that came in, as a scripted answer sees it. */
export interface Asked {
  readonly operation: string
  readonly from: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json | undefined
  readonly exchange: number
}

/**
 * The reference homeserver under a scenario's hand. By default it is honest, and where the specification leaves a choice it
 * picks by the run's seed and the name of the check (`reference/choices.ts`): how much of history it gives at once and in
 * which order, which of many heads its events cite, how much it puts into a transaction, whom it asks first. So a check has to
 * hold whatever it picks, and `--seed` repeats it.
 *
 * It can also do what an honest server would not: `forge` any event, `push` it, `request` anything, answer anything (`answering`),
 * keep silent (`withholding`), lie the same way wherever it is asked (`pretending`); and it sees everything that comes in
 * (`requests`, `deliveries`) and can wait for it (`asked`, `receives`). .github/CONTRIBUTING.md has an example.
 */
export interface Peer extends Homeserver {
  /** A second user of this server, who has joined nothing yet: `join(room, via, peer.member)`. */
  readonly member: string
  /** A user of this server who never joins. */
  readonly stranger: string
  /**
   * Makes and signs an event without asking whether it is allowed. It is known to this peer's store (so that it can be
   * served on demand) but is neither sent nor applied to the peer's own state or heads.
   */
  forge(room: Room, draft: Draft, options?: ForgeOptions): Event
  /** Like `forge`, but also applied to the peer's own room, as its own events are; not sent. Throws if the rules forbid it. */
  author(room: Room, draft: Draft, options?: ForgeOptions): Event
  /** One PUT /send transaction to `to`, at once and without the queue. */
  push(to: Homeserver, events: readonly Event[], edus?: readonly JsonObject[]): Promise<Reply>
  /** Any operation of wire/endpoints.ts, signed by this peer. */
  request(to: Homeserver, operation: string, options?: RequestOptions): Promise<Reply>
  /** The whole join handshake by hand: make_join, sign, send_join; the answer is not applied. */
  handshake(room: Room, via: Homeserver, as?: string): Promise<Handshake>
  /** An event that this peer holds, in the form it has on the wire. */
  event(eventId: string): Event | undefined
  /** All events of a room that this peer holds and has not refused. */
  events(room: Room): readonly Event[]
  /** The room's heads as this peer knows them. */
  heads(room: Room): readonly string[]
  /** PDUs that came through PUT /send, in order of arrival. */
  deliveries(room: Room): readonly Delivery[]
  /** Waits until the event has come through PUT /send or was fetched by this peer; throws Nonconformance. */
  receives(room: Room, eventId: string): Promise<Event>
  /** Waits until a request for `operation` has come in from `from`; throws Nonconformance. */
  asked(operation: string, from: Homeserver, match?: (asked: Asked) => boolean): Promise<Asked>
  /** All requests that have come in so far. */
  requests(operation?: string): readonly Asked[]
  /**
   * While `during` runs, answers `operation` by script; `respond` answers undefined for the honest answer. Operations that the
   * peer does not offer can be answered too.
   */
  answering<T>(
    operation: string,
    respond: (
      asked: Asked,
      honest: () => Promise<Answer>,
    ) => Answer | undefined | Promise<Answer | undefined>,
    during: () => Promise<T>,
  ): Promise<T>
  /**
   * While `during` runs, all honest answers hold `change(event)` in the place of each event of the room, or nothing in its
   * place: state, auth chains and history, whole or by id. A lie that the peer has made by `forge` is found under its own id too.
   */
  pretending<T>(
    room: Room,
    change: (event: Event) => Event | undefined,
    during: () => Promise<T>,
  ): Promise<T>
  /** While `during` runs, what this peer's users send stays in the room here: nothing goes out through its queues. */
  withholding<T>(during: () => Promise<T>): Promise<T>
}

export interface Handshake {
  readonly template: Reply
  readonly event: Event
  readonly reply: Reply
  readonly state: readonly Event[]
  readonly authChain: readonly Event[]
}
