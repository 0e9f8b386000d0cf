import { must, scenario } from '#harness'

scenario('a request signed with the key of a sibling server is refused', {
  id: 'sibling-key-is-refused',
  proves: ['seed.S09', 'ss.auth.unknown_key', 'ss.auth.bad_signature'],
  anyVersion: true,
  peers: 2,
  async run({ target, peer, peer2 }) {
    const query = { user_id: target.user }

    const own = await peer.request(target, 'profile', { query })
    const siblings = await peer.request(target, 'profile', { query, signer: peer2 })

    must.answer(own)
    must.refuse(siblings, 401)
  },
})

scenario('a request without a signature is refused', {
  id: 'unsigned-is-refused',
  proves: ['seed.S01', 'ss.auth.required', 'ss.auth.errcode_body'],
  anyVersion: true,
  async run({ target, peer }) {
    const query = { user_id: target.user }

    const signed = await peer.request(target, 'profile', { query })
    const unsigned = await peer.request(target, 'profile', { query, sign: false, deliberate: true })

    must.answer(signed)
    must.refuse(unsigned, 401)
  },
})
