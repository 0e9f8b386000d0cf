import { copies, member, message, must, scenario, wireForm } from '#harness'

scenario('an invitation reaches the other server with room version, signed event and state', {
  id: 'reaches-the-server',
  proves: [
    'seed.S12',
    'ss.iv2.inviting.remote_required',
    'ss.iv2.inviting.body_schema',
    'ss.iv2.inviting.event_schema',
    'ss.iv2.inviting.irs_create',
    'ss.iv2.inviting.irs_format',
  ],
  async run({ target, peer, version }) {
    const room = await target.createRoom({ joinRule: 'invite', name: 'the cellar' })
    await target.send(room, message('history before the other server'))

    await target.invite(room, peer.user)

    const stripped = await peer.invited(room)
    const { body } = await peer.asked('invite', target)
    must.match(body, {
      room_version: version.id,
      event: {
        type: 'm.room.member',
        sender: target.user,
        state_key: peer.user,
        content: { membership: 'invite' },
        signatures: { [target.name]: {} },
      },
    })
    must.include(
      stripped.flatMap(({ type }) => (typeof type === 'string' ? type : [])),
      ['m.room.create', 'm.room.name', 'm.room.join_rules'],
    )
  },
})

scenario('before the invited user accepts, the server gets no events; after it, all', {
  id: 'involves-the-server-on-acceptance',
  proves: ['seed.S12', 'seed.S13', 'ss.sj.accepted_into_graph'],
  async run({ target, peer }) {
    const room = await target.createRoom({ joinRule: 'invite', name: 'later joined' })
    await target.invite(room, peer.user)
    await peer.invited(room)
    const [early] = await target.send(room, message('not for you yet'))

    await peer.join(room, target)

    const [sent] = await target.send(room, message('for all'))
    await peer.receives(room, sent)
    must.equal(copies(peer, room, early).length, 0, 'the number of copies')
    const [answer] = await peer.send(room, message('thank you'))
    await target.sees(room, [answer])
  },
})

scenario('the invited server signs the invitation and changes nothing else', {
  id: 'is-signed-by-the-invited',
  proves: [
    'seed.S14',
    'ss.iv2.signature_added',
    'ss.iv2.inviter_signature_kept',
    'ss.iv2.untouched',
    'ss.iv2.200_schema',
  ],
  async run({ target, peer, version }) {
    const room = await peer.createRoom({ joinRule: 'invite' })

    const ids = (await peer.state(room)).map(({ event_id }) => event_id)
    const invite = peer.forge(room, member(target.user, 'invite', peer.user))
    const reply = await peer.request(target, 'invite', {
      params: { roomId: room.id, eventId: invite.id },
      body: {
        room_version: version.id,
        event: wireForm(invite),
        invite_room_state: peer
          .events(room)
          .filter(({ id }) => ids.includes(id))
          .map(wireForm),
      },
    })

    must.answer(reply)
    must.match(reply.json, {
      event: {
        type: 'm.room.member',
        sender: peer.user,
        state_key: target.user,
        content: { membership: 'invite' },
        signatures: { [peer.name]: {}, [target.name]: {} },
      },
    })
  },
})

scenario('an invited user of the other server accepts, and both talk', {
  id: 'accepted-and-talking',
  proves: ['seed.S12', 'seed.S14', 'seed.S18', 'ss.iv2.invited.seen_by_client'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2 }) {
    const room = await hs1.createRoom({ joinRule: 'invite', name: 'by invitation' })
    await hs1.invite(room, hs2.user)
    await hs2.invited(room)

    await hs2.join(room, hs1)

    const welcome = await hs1.send(room, message('welcome'))
    await hs2.sees(room, welcome)
    const thanks = await hs2.send(room, message('thank you'))
    await hs1.sees(room, thanks)
  },
})
