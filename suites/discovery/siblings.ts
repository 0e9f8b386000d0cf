import {
  control,
  copies,
  type Event,
  message,
  must,
  type Peer,
  reaches,
  type Room,
  scenario,
  topic,
} from '#harness'

const names = { peer: 'hs1.example.org', peer2: 'hs2.example.org' }

scenario('a request in the name of one sibling, signed with the key of the other, is refused', {
  id: 'request-by-the-other',
  proves: ['seed.S09', 'ss.auth.unknown_key', 'ss.auth.bad_signature'],
  anyVersion: true,
  peers: 2,
  names,
  async run({ target, peer, peer2 }) {
    const query = { user_id: target.user }
    const own = { query }

    must.answer(await peer.request(target, 'profile', own))
    must.answer(await peer2.request(target, 'profile', own))
    must.refuse(await peer.request(target, 'profile', { query, signer: peer2 }), 401)
    must.refuse(await peer2.request(target, 'profile', { query, signer: peer }), 401)
  },
})

interface Forgery {
  readonly id: string
  readonly how: string
  readonly forge: (room: Room, after: Event, peer: Peer, peer2: Peer) => Event
}

const forgeries: readonly Forgery[] = [
  {
    id: 'event-signed-by-the-other',
    how: 'signed by the other in its own name',
    forge: (room, after, peer, peer2) =>
      peer.forge(room, topic('of the sibling'), { after: [after], signer: peer2 }),
  },
  {
    id: 'event-signed-with-the-key-of-the-other',
    how: 'signed with the key of the other',
    forge: (room, after, peer, peer2) =>
      peer.forge(room, topic('of the sibling'), {
        after: [after],
        signer: peer2,
        spoil: ({ signatures, ...pdu }) => ({
          ...pdu,
          signatures: { [peer.name]: signatures[peer2.name] ?? {} },
        }),
      }),
  },
]

for (const { id, how, forge } of forgeries) {
  scenario(`an event of a user of one sibling, ${how}, is dropped`, {
    id,
    proves: ['seed.S09', 'seed.S19', 'ss.chk.2.signatures_dropped'],
    peers: 2,
    names,
    async run({ target, peer, peer2 }) {
      const room = await target.createRoom({ power: { [peer.user]: 50, [peer2.user]: 50 } })
      await peer.join(room, target)
      await peer2.join(room, target)
      await peer.sees(room, [peer2.heads(room)[0] ?? ''])

      const good = peer.author(room, topic('of its own server'))
      const bad = forge(room, good, peer, peer2)
      const fence = peer.forge(room, message('fence'), { after: [good] })
      await peer.push(target, [good, bad, fence])

      await control(async () => target.sees(room, [good.id, fence.id]))
      must.exclude(await target.timeline(room), [bad.id])
      must.exclude(await target.state(room), [bad.id])
    },
  })
}

scenario('users of one localpart at two siblings are two users', {
  id: 'users-apart',
  proves: ['seed.S09'],
  anyVersion: true,
  peers: 2,
  names,
  async run({ target, peer, peer2 }) {
    await peer.setDisplayName('of the one')
    await peer2.setDisplayName('of the other')
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)

    await reaches(target, room, peer.user, 'join')
    await reaches(target, room, peer2.user, 'join')
    must.equal((await target.profile(peer.user))['displayname'], 'of the one', 'the name')
    must.equal((await target.profile(peer2.user))['displayname'], 'of the other', 'the name')
  },
})

scenario('siblings get events each for itself, and one goes on when the other is left', {
  id: 'memberships-apart',
  proves: ['seed.S09', 'seed.S06', 'ss.repl.pdu_to_all_joined', 'ss.repl.not_to_left'],
  peers: 2,
  names,
  async run({ target, peer, peer2 }) {
    const shared = await target.createRoom()
    await peer.join(shared, target)
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)
    const [both] = await target.send(room, message('for both'))
    await peer.receives(room, both)
    await peer2.receives(room, both)

    await peer.leave(room)
    await reaches(target, room, peer.user, 'leave')
    const [sent] = await target.send(room, message('for who stayed'))
    const [fence] = await target.send(shared, message('fence'))

    await peer2.receives(room, sent)
    await peer.receives(shared, fence)
    must.equal(copies(peer, room, sent).length, 0, 'the number of copies at the one that left')
    await reaches(target, room, peer2.user, 'join')
  },
})
