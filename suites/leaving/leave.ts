import { message, must, reaches, scenario } from '#harness'

scenario('a declined invitation is told to the inviting server and not joined', {
  id: 'declines-an-invitation',
  proves: ['seed.S13', 'ss.ml.reject_invite_flow', 'ss.sl.body_schema', 'ss.sl.signed'],
  async run({ target, peer }) {
    const room = await peer.createRoom({ joinRule: 'invite' })
    await peer.invite(room, target.user)
    await target.invited(room)

    await target.leave(room)

    await peer.asked('makeLeave', target)
    await peer.asked('sendLeave', target)
    await reaches(peer, room, target.user, 'leave')
    must.equal(peer.requests('sendJoin').length, 0, 'the number of joins')
  },
})

scenario('the resident accepts that an invitation is declined', {
  id: 'accepts-a-declined-invitation',
  proves: ['seed.S13', 'ss.sl.200_empty', 'ss.sl.accepted_into_graph'],
  async run({ target, peer }) {
    const room = await target.createRoom({ joinRule: 'invite', invite: [peer.user] })
    await peer.invited(room)

    await peer.leave(room)

    await reaches(target, room, peer.user, 'leave')
  },
})

scenario('a user who leaves is gone at both servers', {
  id: 'is-gone-at-both',
  proves: ['seed.S18', 'ss.sl.direct_when_resident'],
  seats: ['hs1', 'hs2'],
  async run({ hs1, hs2 }) {
    const room = await hs1.createRoom()
    await hs2.join(room, hs1)
    const second = await hs2.newUser('second')
    await hs2.join(room, hs1, second)

    await hs2.leave(room, second)

    await reaches(hs1, room, second, 'leave')
    await reaches(hs2, room, second, 'leave')
  },
})

scenario('a kicked user can no longer send', {
  id: 'kicked-user-is-out',
  proves: ['seed.S06', 'seed.S19', 'ss.chk.4.auth_events_rejected', 'auth.sender_not_joined'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer.join(room, target, peer.member)
    await reaches(target, room, peer.member, 'join')

    await target.kick(room, peer.member)
    await reaches(peer, room, peer.member, 'leave')
    const good = peer.author(room, message('still in the room'))
    const bad = peer.forge(room, message('kicked out', peer.member), { after: [good] })
    const fence = peer.forge(room, message('fence'), { after: [good, bad] })
    await peer.push(target, [good, bad, fence])

    await target.sees(room, [good.id, fence.id])
    must.exclude(await target.timeline(room), [bad.id])
  },
})
