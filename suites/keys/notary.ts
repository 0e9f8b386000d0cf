import { must, scenario } from '#harness'

scenario('a server asked for the keys of another that it knows vouches for them by its signature', {
  id: 'vouches-for-another',
  proves: [
    'ss.keys.notary.get.200',
    'ss.keys.notary.get.notary_signs',
    'ss.keys.notary.get.origin_signature_kept',
  ],
  anyVersion: true,
  peers: 2,
  async run({ target, peer, peer2 }) {
    await peer2.request(target, 'profile', { query: { user_id: target.user } })

    const reply = await peer.request(target, 'queryKeys', { params: { serverName: peer2.name } })

    must.answer(reply)
    must.match(reply.json, {
      server_keys: [
        { server_name: peer2.name, signatures: { [peer2.name]: {}, [target.name]: {} } },
      ],
    })
  },
})

scenario('a server asked for the keys of another that it does not know gets them there', {
  id: 'fetches-what-it-lacks',
  proves: 'ss.keys.notary.get.fetches_origin',
  anyVersion: true,
  peers: 2,
  async run({ target, peer, peer2 }) {
    const reply = await peer.request(target, 'queryKeys', { params: { serverName: peer2.name } })

    must.answer(reply)
    must.match(reply.json, { server_keys: [{ server_name: peer2.name }] })
    await peer2.asked('serverKeys', target)
  },
})
