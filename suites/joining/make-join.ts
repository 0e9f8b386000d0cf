import { must, scenario } from '#harness'

scenario('make_join answers a template of the join', {
  id: 'answers-a-template',
  proves: [
    'seed.S13',
    'ss.mj.event.sender',
    'ss.mj.event.state_key',
    'ss.mj.event.type',
    'ss.mj.event.membership',
    'ss.mj.room_version_present',
  ],
  async run({ target, peer, version }) {
    const room = await target.createRoom()

    const reply = await peer.request(target, 'makeJoin', {
      params: { roomId: room.id, userId: peer.user },
      query: { ver: [version.id] },
    })

    must.answer(reply)
    must.match(reply.json, {
      room_version: version.id,
      event: {
        type: 'm.room.member',
        room_id: room.id,
        sender: peer.user,
        state_key: peer.user,
        content: { membership: 'join' },
      },
    })
  },
})

scenario('make_join names the room version that the joiner cannot use', {
  id: 'names-the-room-version',
  proves: ['ss.mj.400.incompatible_room_version_field', 'ss.mj.400.incompatible'],
  async run({ target, peer, version }) {
    const room = await target.createRoom()
    const params = { roomId: room.id, userId: peer.user }

    const able = await peer.request(target, 'makeJoin', { params, query: { ver: [version.id] } })
    const unable = await peer.request(target, 'makeJoin', {
      params,
      query: { ver: ['org.fedcheck.none'] },
    })

    must.answer(able)
    must.refuse(unable, 400, 'M_INCOMPATIBLE_ROOM_VERSION')
    must.match(unable.json, { room_version: version.id })
  },
})

scenario('nobody joins a room by invitation without one', {
  id: 'needs-an-invitation',
  proves: ['seed.S13', 'ss.mj.403.forbidden'],
  async run({ target, peer, version }) {
    const room = await target.createRoom({ joinRule: 'invite', invite: [peer.user] })
    await peer.invited(room)
    const query = { ver: [version.id] }

    const invited = await peer.request(target, 'makeJoin', {
      params: { roomId: room.id, userId: peer.user },
      query,
    })
    const stranger = await peer.request(target, 'makeJoin', {
      params: { roomId: room.id, userId: peer.stranger },
      query,
    })

    must.answer(invited)
    must.refuse(stranger, 403, 'M_FORBIDDEN')
  },
})

scenario('a server cannot ask for a join of a user of another server', {
  id: 'only-own-users',
  proves: ['seed.S01', 'ss.mj.user_on_origin'],
  peers: 2,
  async run({ target, peer, peer2, version }) {
    const room = await target.createRoom()
    const query = { ver: [version.id] }

    const own = await peer.request(target, 'makeJoin', {
      params: { roomId: room.id, userId: peer.user },
      query,
    })
    const foreign = await peer.request(target, 'makeJoin', {
      params: { roomId: room.id, userId: peer2.user },
      query,
      deliberate: true,
    })

    must.answer(own)
    must.that(
      foreign.status >= 400 && foreign.status < 500,
      'a foreign user was given a template',
      {
        expected: 'a refusal',
        actual: `status ${foreign.status}`,
        exchanges: [foreign.exchange],
      },
    )
  },
})
