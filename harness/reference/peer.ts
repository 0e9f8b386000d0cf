import type { Event, JsonObject } from '../matrix/event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import { Refused } from '../world/errors.ts'
import type {
  Asked,
  ClientEvent,
  Delivery,
  Draft,
  ForgeOptions,
  Handshake,
  Homeserver,
  Peer,
  Reply,
  RequestOptions,
  Room,
  RoomOptions,
} from '../world/homeserver.ts'
import { type ReferenceOptions, ReferenceServer } from './homeserver.ts'
import { standardParts } from './parts.ts'
import { answerMs, ask, asUser } from './peer/asking.ts'
import { clientEvent } from './peer/client-event.ts'
import { forge, type Signer } from './peer/forge.ts'
import { handshake } from './peer/handshake.ts'
import { residents } from './peer/residents.ts'
import { type Respond, Script } from './peer/script.ts'
import { type Missed, type Patience, until } from './peer/until.ts'
import { describeEvents, visibleIn } from './peer/view.ts'
import type { Room as KnownRoom } from './rooms/room.ts'

export interface PeerOptions extends ReferenceOptions {
  /** Of rooms that are created without saying which. */
  readonly version: RoomVersion
  /** Bound of every wait; absent: 10 s. */
  readonly patienceMs?: number
}

const maxTimeline = 1_000

/** The reference homeserver under a scenario's hand. */
export class ReferencePeer implements Peer {
  readonly server: ReferenceServer
  readonly name: string
  readonly isTarget = false
  readonly user: string
  readonly member: string
  readonly stranger: string
  readonly #version: RoomVersion
  readonly #script: Script
  readonly #forged: Set<string>
  readonly #patience: Patience
  readonly #stopped = new AbortController()
  #count = 0

  static async start(options: PeerOptions): Promise<ReferencePeer> {
    const forged = new Set<string>()
    const script = new Script(() => forged.size > 0)
    const parts = script.direct(options.parts ?? standardParts)
    const server = await ReferenceServer.start({ ...options, parts })
    return new ReferencePeer(options, server, { script, forged })
  }

  private constructor(
    options: PeerOptions,
    server: ReferenceServer,
    { script, forged }: { script: Script; forged: Set<string> },
  ) {
    this.server = server
    this.name = server.name
    this.#version = options.version
    this.#script = script
    this.#forged = forged
    this.#patience = {
      sources: [script, server.services.streams],
      ms: options.patienceMs ?? 10_000,
      signal: this.#stopped.signal,
    }
    ;({ user: this.user, member: this.member, stranger: this.stranger } = residents(server))
  }

  /** Waits that are under way end with Inconclusive. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.server.stop()
  }

  newUser(localpart: string): Promise<string> {
    this.#count += 1
    return asUser(() => this.server.users.createUser(`${localpart}-${this.#count}`))
  }

  async createRoom(options: RoomOptions = {}): Promise<Room> {
    const { creator = this.user, ...rest } = options
    const made = await asUser(() =>
      this.server.users.createRoom(creator, { version: this.#version, ...rest }),
    )
    return { id: made.id, version: made.version }
  }

  invite(room: Room, user: string, by = this.user): Promise<void> {
    return asUser(() => this.server.users.invite(room.id, user, by))
  }

  join(room: Room, via: Homeserver, as = this.user): Promise<void> {
    return asUser(() => this.server.users.join(room.id, as, [via.name]))
  }

  joinByAlias(alias: string, as = this.user): Promise<string> {
    return asUser(() => this.server.users.joinByAlias(alias, as))
  }

  leave(room: Room, as = this.user): Promise<void> {
    return asUser(() => this.server.users.leave(room.id, as))
  }

  kick(room: Room, user: string, by = this.user): Promise<void> {
    return asUser(() => this.server.users.kick(room.id, user, by))
  }

  ban(room: Room, user: string, by = this.user): Promise<void> {
    return asUser(() => this.server.users.ban(room.id, user, by))
  }

  unban(room: Room, user: string, by = this.user): Promise<void> {
    return asUser(() => this.server.users.unban(room.id, user, by))
  }

  async send<Drafts extends readonly Draft[]>(
    room: Room,
    ...drafts: Drafts
  ): Promise<{ readonly [Index in keyof Drafts]: string }> {
    const ids: string[] = []
    for (const draft of drafts)
      ids.push(await asUser(() => this.server.users.send(room.id, this.#authored(draft))))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one id for each draft
    return ids as { [Index in keyof Drafts]: string }
  }

  redact(room: Room, eventId: string, by = this.user): Promise<string> {
    return asUser(() => this.server.users.redact(room.id, eventId, by))
  }

  state(room: Room, as = this.user): Promise<readonly ClientEvent[]> {
    return asUser(() => this.server.users.state(room.id, as).map(clientEvent))
  }

  async stateEvent(
    room: Room,
    type: string,
    stateKey = '',
    as = this.user,
  ): Promise<JsonObject | undefined> {
    const all = await this.state(room, as)
    return all.find((one) => one.type === type && one.state_key === stateKey)?.content
  }

  timeline(room: Room, as = this.user): Promise<readonly ClientEvent[]> {
    return asUser(async () => {
      const options = { direction: 'backwards', limit: maxTimeline } as const
      const { events } = await this.server.users.messages(room.id, as, options)
      return events.map(clientEvent).toReversed()
    })
  }

  async sees(room: Room, eventIds: readonly string[], as = this.user): Promise<void> {
    const { streams } = this.server.services
    const missing = () => eventIds.filter((id) => !visibleIn(streams.of(room.id), as, id))
    // Some may lie before what this server has.
    if (missing().length > 0) await this.timeline(room, as)
    await this.#until(
      () => (missing().length === 0 ? true : undefined),
      () => ({
        what: `${as} did not see all events`,
        expected: eventIds.join(', '),
        actual: `missing: ${describeEvents(streams.of(room.id)?.room, missing())}`,
      }),
    )
  }

  invited(room: Room, as = this.user): Promise<readonly JsonObject[]> {
    return this.#until(
      () => this.server.users.invitation(room.id, as),
      () => ({
        what: `${as} was not invited to ${room.id}`,
        expected: 'an invitation',
        actual: this.#script.heard('invite'),
      }),
    )
  }

  profile(user: string): Promise<JsonObject> {
    return asUser(() => this.server.users.profile(user))
  }

  setDisplayName(name: string, as = this.user): Promise<void> {
    return asUser(() => this.server.users.setProfile(as, 'displayname', name))
  }

  forge(room: Room, draft: Draft, options: ForgeOptions = {}): Event {
    const event = forge(this.#known(room), this.#authored(draft), {
      options,
      signer: signerOf(options.signer) ?? this.server,
      now: this.server.services.clock(),
    })
    this.#forged.add(event.id)
    return event
  }

  author(room: Room, draft: Draft, options: ForgeOptions = {}): Event {
    const known = this.#known(room)
    const event = this.forge(room, draft, options)
    const node = known.assess(event)
    if (node.refusal !== undefined)
      throw new Refused(403, 'M_FORBIDDEN', node.refusal.message, true)
    this.#forged.delete(event.id)
    known.place(node)
    return event
  }

  push(to: Homeserver, events: readonly Event[], edus: readonly JsonObject[] = []): Promise<Reply> {
    const { clock } = this.server.services
    this.#count += 1
    return ask(this.server.client, {
      timeoutMs: answerMs(this.#patience.ms),
      destination: to.name,
      operation: 'send',
      params: { txnId: `by-hand-${clock().toString(36)}-${this.#count}` },
      body: {
        origin: this.name,
        origin_server_ts: clock(),
        pdus: events.map(({ pdu }) => ({ ...pdu })),
        ...(edus.length === 0 ? {} : { edus }),
      },
      deliberate:
        events.length > 50 || edus.length > 100 || events.some(({ id }) => this.#forged.has(id)),
    })
  }

  request(to: Homeserver, operation: string, options: RequestOptions = {}): Promise<Reply> {
    const { signer, ...rest } = options
    const key = signerOf(signer)?.key
    return ask(this.server.client, {
      timeoutMs: answerMs(this.#patience.ms),
      ...rest,
      destination: to.name,
      operation,
      ...(key === undefined ? {} : { signer: { origin: this.name, key } }),
    })
  }

  handshake(room: Room, via: Homeserver, as = this.user): Promise<Handshake> {
    const { client, services } = this.server
    const timeoutMs = answerMs(this.#patience.ms)
    return handshake(room, { client, services, timeoutMs, destination: via.name, user: as })
  }

  event(eventId: string): Event | undefined {
    return this.server.rooms.locate(eventId)?.node.event
  }

  events(room: Room): readonly Event[] {
    const known = this.server.rooms.get(room.id)
    const nodes = known === undefined ? [] : [...known.nodes, ...known.held.values()]
    const all = nodes.filter(({ standing }) => standing !== 'rejected').map(({ event }) => event)
    return [...new Map(all.map((event) => [event.id, event])).values()]
  }

  heads(room: Room): readonly string[] {
    return this.#known(room).heads.map(({ id }) => id)
  }

  deliveries(room: Room): readonly Delivery[] {
    return this.#script.deliveries(room)
  }

  receives(room: Room, eventId: string): Promise<Event> {
    const had = () =>
      this.server.rooms.get(room.id)?.stored(eventId)?.event ??
      this.deliveries(room).find(({ event }) => event.id === eventId)?.event
    return this.#until(
      () => (this.#script.isUnderJudgement(room, eventId) ? undefined : had()),
      () => ({
        what: `${this.name} did not receive ${eventId}`,
        expected: eventId,
        actual: `received: ${
          this.deliveries(room)
            .map(({ event }) => event.id)
            .join(', ') || 'nothing'
        }`,
        exchanges: this.deliveries(room).map(({ exchange }) => exchange),
      }),
    )
  }

  asked(
    operation: string,
    from: Homeserver,
    match: (asked: Asked) => boolean = () => true,
  ): Promise<Asked> {
    return this.#until(
      () =>
        this.requests(operation).find(
          (asked) => (asked.from === from.name || asked.from === '?') && match(asked),
        ),
      () => ({
        what: `${from.name} did not ask ${this.name} for ${operation}`,
        expected: operation,
        actual: this.#script.heard(operation),
        exchanges: this.requests(operation).map(({ exchange }) => exchange),
      }),
    )
  }

  requests(operation?: string): readonly Asked[] {
    return this.#script.requests(operation)
  }

  answering<T>(operation: string, respond: Respond, during: () => Promise<T>): Promise<T> {
    return this.#script.answering(operation, respond, during)
  }

  readonly pretending: Peer['pretending'] = (room, change, during) =>
    this.#script.pretending({ room, change }, during)

  readonly withholding: Peer['withholding'] = (during) => this.#script.withholding(during)

  #authored(draft: Draft): Draft & { sender: string } {
    return { ...draft, sender: draft.sender ?? this.user }
  }

  /** A room that was only heard of can still be forged in. */
  #known(room: Room): KnownRoom {
    const { rooms } = this.server
    const known = rooms.get(room.id) ?? rooms.prepare(room.id, room.version)
    rooms.add(known)
    return known
  }

  #until<T>(probe: () => T | undefined, missed: () => Missed): Promise<T> {
    return until(probe, missed, this.#patience)
  }
}

function signerOf(peer: Peer | undefined): Signer | undefined {
  if (peer === undefined) return undefined
  if (!(peer instanceof ReferencePeer)) throw new TypeError('only a reference peer can sign')
  return peer.server
}
