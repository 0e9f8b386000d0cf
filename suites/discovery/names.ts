import { message, must, type Peer, scenario } from '#harness'

const depths = { peer: 'a.very.deep.name.example.org', peer2: 'example.org' }

/** Every Host header that a peer has seen. */
const hosts = (peer: Peer): readonly string[] => [
  ...new Set(peer.requests().map(({ headers }) => headers['host'] ?? 'none')),
]

scenario('servers of a deep name and of one near the root take part alike', {
  id: 'whatever-the-depth',
  proves: ['seed.S10', 'ss.id.server_name.grammar', 'ss.disc.2.host_header'],
  anyVersion: true,
  peers: 2,
  names: depths,
  async run({ target, peer, peer2 }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)

    const [there] = await target.send(room, message('to any depth'))
    const [deep] = await peer.send(room, message('from far down'))
    const [near] = await peer2.send(room, message('from the top'))

    await peer.receives(room, there)
    await peer2.receives(room, there)
    await target.sees(room, [deep, near])
    must.equal(hosts(peer), [peer.name], 'the Host header at the deep name')
    must.equal(hosts(peer2), [peer2.name], 'the Host header near the root')
  },
})

scenario('rooms of servers of any depth can be joined', {
  id: 'joins-at-any-depth',
  proves: ['seed.S10', 'ss.id.server_name.grammar', 'ss.disc.2.host_header'],
  anyVersion: true,
  peers: 2,
  names: depths,
  async run({ target, peer, peer2 }) {
    for (const server of [peer, peer2]) {
      const room = await server.createRoom()

      await target.join(room, server)

      const [sent] = await target.send(room, message('here I am'))
      await server.receives(room, sent)
      must.equal(hosts(server), [server.name], 'the Host header')
    }
  },
})

const withPort = 'port.of.its.own.example.org'

scenario('a name with a port is used as it is, with no look at other ports', {
  id: 'explicit-port',
  proves: ['seed.S10', 'ss.disc.2.explicit_port_no_wellknown'],
  anyVersion: true,
  names: { peer: withPort },
  async run({ target, peer, fabric }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const [sent] = await target.send(room, message('to the port'))
    await peer.receives(room, sent)

    const others = [`${withPort}:443`, `${withPort}:8448`]
    const sought = fabric.sought(target).filter((place) => others.includes(place))

    must.equal(sought, [], 'where else the target looked for the server')
  },
})

scenario('a server whose certificate is for its sibling is not believed to be who it says', {
  id: 'certificate-of-the-sibling',
  proves: ['seed.S09', 'seed.S10', 'ss.disc.2.cert'],
  anyVersion: true,
  peers: 2,
  names: { peer: 'hs1.example.org', peer2: 'hs2.example.org' },
  certificates: { peer2: 'hs1.example.org' },
  async run({ target, peer, peer2 }) {
    const query = { user_id: target.user }

    const proven = await peer.request(target, 'profile', { query })
    const unproven = await peer2.request(target, 'profile', { query })

    must.answer(proven)
    must.refuse(unproven, 401)
    must.equal(peer2.requests().length, 0, 'the number of requests over that certificate')
  },
})
