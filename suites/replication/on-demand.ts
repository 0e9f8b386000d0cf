import {
  control,
  eventIds,
  isEmpty,
  message,
  must,
  type RequestOptions,
  type RequirementId,
  type Room,
  scenario,
  topic,
} from '#harness'

interface Question {
  readonly id: string
  readonly operation: string
  readonly proves: readonly RequirementId[]
  readonly outsiders: readonly RequirementId[]
  /** Asks about `event`, whose child is `after`: nothing lies nearer to it, so that even a short page holds it. */
  readonly ask: (room: Room, event: string, after: string) => RequestOptions
  /** Where the answer must hold the event itself; otherwise its parents or auth events count. */
  readonly holds: 'event' | 'create'
}

const questions: readonly Question[] = [
  {
    id: 'event',
    operation: 'event',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.ev.single_pdu', 'ss.ev.200_schema'],
    outsiders: ['seed.S08', 'ss.ev.not_in_room_denied'],
    ask: (_room, event) => ({ params: { eventId: event } }),
    holds: 'event',
  },
  {
    id: 'backfill',
    operation: 'backfill',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.bf.predecessors', 'ss.bf.200_schema'],
    outsiders: ['seed.S08', 'ss.bf.not_in_room_denied'],
    ask: ({ id }, _event, after) => ({ params: { roomId: id }, query: { v: after, limit: '50' } }),
    holds: 'event',
  },
  {
    id: 'get-missing-events',
    operation: 'getMissingEvents',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.gme.bfs_prev', 'ss.gme.200_schema'],
    outsiders: ['seed.S08', 'ss.gme.not_in_room_denied'],
    ask: ({ id }, _event, after) => ({
      params: { roomId: id },
      body: { earliest_events: [], latest_events: [after], limit: 50 },
    }),
    holds: 'event',
  },
  {
    id: 'state',
    operation: 'state',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.st.200_schema', 'ss.st.auth_chain_recursive'],
    outsiders: ['seed.S08', 'ss.st.errors_undocumented'],
    ask: ({ id }, event) => ({ params: { roomId: id }, query: { event_id: event } }),
    holds: 'create',
  },
  {
    id: 'state-ids',
    operation: 'stateIds',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.sti.200_schema'],
    outsiders: ['seed.S08', 'ss.sti.403'],
    ask: ({ id }, event) => ({ params: { roomId: id }, query: { event_id: event } }),
    holds: 'create',
  },
  {
    id: 'event-auth',
    operation: 'eventAuth',
    proves: ['seed.S07', 'ss.repl.on_demand', 'ss.ea.200_schema', 'ss.ea.complete'],
    outsiders: ['seed.S08', 'ss.ea.not_in_room_denied'],
    ask: ({ id }, event) => ({ params: { roomId: id, eventId: event } }),
    holds: 'create',
  },
]

for (const { id, operation, proves, outsiders, ask, holds } of questions) {
  scenario(`a server in the room gets events of others by ${operation}`, {
    id: `given-by-${id}`,
    proves,
    peers: 2,
    async run({ target, peer, peer2, oracle }) {
      const room = await target.createRoom()
      await peer2.join(room, target)
      const [wanted] = await peer2.send(room, message('by a third server'))
      await control(() => target.sees(room, [wanted]))
      const [after] = await target.send(room, message('later'))
      await peer.join(room, target)

      const reply = await peer.request(target, operation, ask(room, wanted, after))

      must.answer(reply)
      const ids = eventIds(reply, room)
      if (holds === 'event') must.include(ids, [wanted])
      else must.include(ids, oracle.authChain(peer2.events(room), [wanted]))
    },
  })

  scenario(`a server outside the room gets nothing by ${operation}`, {
    id: `withheld-by-${id}`,
    proves: outsiders,
    peers: 2,
    async run({ target, peer, peer2 }) {
      const room = await target.createRoom({ joinRule: 'invite', invite: [peer.user] })
      await peer.join(room, target)
      const [secret, after] = await target.send(room, message('among us'), message('and more'))
      await control(() => peer.receives(room, after))

      const member = await peer.request(target, operation, ask(room, secret, after))
      const outsider = await peer2.request(target, operation, ask(room, secret, after))

      await control(async () => must.answer(member))
      const withheld = outsider.status === 403 || outsider.status === 404 || isEmpty(outsider)
      must.that(withheld, 'a server outside the room was answered', {
        expected: '403 or 404, or an answer without events',
        actual: `status ${outsider.status}`,
        exchanges: [outsider.exchange],
      })
    },
  })
}

scenario('the state that is asked for is the one before the event has effect', {
  id: 'state-before-the-event',
  proves: ['seed.S07', 'ss.st.before_event', 'ss.sti.before_event'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const [set, said] = await target.send(room, topic('has effect after itself'), message('later'))
    await control(() => peer.receives(room, said))

    for (const operation of ['state', 'stateIds']) {
      const before = await peer.request(target, operation, about(set))
      const after = await peer.request(target, operation, about(said))
      must.exclude(eventIds(before, room), [set])
      must.include(eventIds(after, room), [set])
    }

    function about(event: string): RequestOptions {
      return { params: { roomId: room.id }, query: { event_id: event } }
    }
  },
})

scenario('backfill answers no more events than the limit, those named among them', {
  id: 'backfill-keeps-the-limit',
  proves: ['seed.S07', 'ss.bf.limit', 'ss.bf.includes_given'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const [, , , last] = await target.send(room, ...four)
    await control(() => peer.receives(room, last))

    const reply = await peer.request(target, 'backfill', {
      params: { roomId: room.id },
      query: { v: last, limit: '3' },
    })

    must.answer(reply)
    const ids = eventIds(reply, room)
    must.include(ids, [last])
    must.that(ids.length <= 3, 'more events than asked for', { actual: `${ids.length}` })
  },
})

const four = [message('1'), message('2'), message('3'), message('4')] as const

scenario('get_missing_events leaves out what the asker has', {
  id: 'missing-events-between',
  proves: ['seed.S07', 'ss.gme.excludes_earliest', 'ss.gme.excludes_latest'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const [first, second, third, last] = await target.send(room, ...four)
    await control(() => peer.receives(room, last))

    const reply = await peer.request(target, 'getMissingEvents', {
      params: { roomId: room.id },
      body: { earliest_events: [first], latest_events: [last], limit: 10, min_depth: 0 },
    })

    must.answer(reply)
    const ids = eventIds(reply, room)
    must.include([second, third], ids, 'what was missing')
    must.include(ids, [third])
  },
})

scenario('get_missing_events answers no more events than the limit', {
  id: 'missing-events-keep-the-limit',
  proves: ['seed.S07', 'ss.gme.limit'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const [first, , , last] = await target.send(room, ...four)
    await control(() => peer.receives(room, last))

    const reply = await peer.request(target, 'getMissingEvents', {
      params: { roomId: room.id },
      body: { earliest_events: [first], latest_events: [last], limit: 1, min_depth: 0 },
    })

    must.answer(reply)
    must.equal(eventIds(reply, room).length, 1, 'the number of events')
  },
})
