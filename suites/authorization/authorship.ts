import { control, message, must, scenario, topic } from '#harness'

scenario('events of a server carry its name and a signature by its published key', {
  id: 'signed-by-the-sender-s-server',
  proves: ['seed.S01', 'ss.new.signed', 'ss.sign.recv.sender_server_v3'],
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const [sent] = await target.send(room, message('by a user of the target'))

    const { pdu } = await peer.receives(room, sent)
    await peer.sees(room, [sent])
    must.equal(pdu.sender, target.user, 'the sender')
    const document = await peer.request(target, 'serverKeys', { sign: false })
    const { verify_keys: published } = must.answer(document)
    must.include(
      Object.keys(published ?? {}),
      Object.keys(pdu.signatures[target.name] ?? {}).slice(0, 1),
    )
  },
})

scenario('an event in the name of a user of the target, signed by another server, is dropped', {
  id: 'foreign-hand-is-dropped',
  proves: ['seed.S01', 'seed.S19', 'ss.chk.2.signatures_dropped', 'ss.sign.check.1_missing_entity'],
  async run({ target, peer }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)

    const good = peer.author(room, topic('in my own name'))
    const forged = peer.forge(room, topic('in the name of another', target.user), { after: [good] })
    await peer.push(target, [good, forged])
    const fence = peer.forge(room, message('fence'), { after: [good] })
    await peer.push(target, [fence])

    await control(async () => target.sees(room, [good.id, fence.id]))
    must.exclude(await target.timeline(room), [forged.id])
    must.equal(
      (await target.stateEvent(room, 'm.room.topic'))?.['topic'],
      'in my own name',
      'the topic',
    )
  },
})

scenario('an event signed by a sibling of its server is dropped', {
  id: 'sibling-cannot-sign',
  proves: ['seed.S09', 'seed.S19', 'ss.chk.2.signatures_dropped', 'ss.chk.2.no_signature'],
  peers: 2,
  async run({ target, peer, peer2 }) {
    const room = await target.createRoom({ power: { [peer.user]: 50 } })
    await peer.join(room, target)
    await peer2.join(room, target)
    await control(() => peer.sees(room, [peer2.heads(room)[0] ?? '']))

    const good = peer.author(room, topic('signed by its own server'))
    const bad = peer.forge(room, topic('signed by the sibling'), { after: [good], signer: peer2 })
    const fence = peer.forge(room, message('fence'), { after: [good] })
    await peer.push(target, [good, bad, fence])

    await control(async () => target.sees(room, [good.id, fence.id]))
    must.exclude(await target.timeline(room), [bad.id])
  },
})
