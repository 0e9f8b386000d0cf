import { must, scenario, selfSigned } from '#harness'

scenario('a server publishes its keys, signed by themselves', {
  id: 'published-and-signed',
  proves: [
    'seed.S01',
    'ss.keys.server.200',
    'ss.keys.schema.server_name',
    'ss.keys.schema.verify_keys',
    'ss.keys.schema.valid_until_ts',
    'ss.keys.server.unauthenticated',
    'ss.keys.signed_by_each_verify_key',
  ],
  anyVersion: true,
  async run({ target, peer }) {
    const reply = await peer.request(target, 'serverKeys', { sign: false })

    must.answer(reply)
    must.match(reply.json, { server_name: target.name })
    must.that(selfSigned(reply), 'the key document is not signed by each of its keys', {
      exchanges: [reply.exchange],
    })
  },
})
