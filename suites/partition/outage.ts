import {
  type Asked,
  copies,
  type Fault,
  type Homeserver,
  message,
  must,
  Nonconformance,
  type Peer,
  parentIds,
  reunited,
  type Room,
  scenario,
  topic,
} from '#harness'

scenario('a server that is offline does not hold up the others', {
  id: 'others-go-on',
  proves: ['seed.S20', 'seed.S21', 'ss.repl.catch_up', 'ss.txn.one_in_flight'],
  peers: 2,
  async run({ target, peer, peer2, fabric }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)

    await fabric.offline(peer2, async () => {
      const [there] = await target.send(room, message('without the third'))
      await peer.receives(room, there)
      const [back] = await peer.send(room, message('and back'))
      await target.sees(room, [back])
    })
  },
})

scenario('events sent during a fault form one chain and are lawful later', {
  id: 'one-chain-during-a-fault',
  proves: ['seed.S22', 'ss.new.prev_events_all_extremities', 'ss.repl.catch_up'],
  async run({ target, peer, fabric }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const [first, second, third] = await fabric.offline(peer, () =>
      target.send(room, message('one'), topic('two'), message('three')),
    )

    await reunited(room, target, peer)
    const last = await peer.receives(room, third)
    const middle = await peer.receives(room, second)
    must.haveSame(parentIds(last), [second])
    must.haveSame(parentIds(middle), [first])
  },
})

scenario('users of a cut-off server go on among themselves', {
  id: 'cut-off-users-go-on',
  proves: ['seed.S23', 'seed.S21'],
  async run({ target, peer, fabric }) {
    const bob = await target.newUser('bob')
    const room = await target.createRoom()
    await target.join(room, target, bob)
    await peer.join(room, target)

    await fabric.partitioned([target, peer], async () => {
      const sent = await target.send(room, message('do you hear me'), message('I do', bob))
      await target.sees(room, sent, bob)
      await target.send(room, topic('cut off'))
      must.equal(
        (await target.stateEvent(room, 'm.room.topic', '', bob))?.['topic'],
        'cut off',
        'the topic',
      )
    })
  },
})

interface Trouble {
  readonly id: string
  readonly what: string
  readonly fault: Fault
}

const troubles: readonly Trouble[] = [
  { id: 'refused', what: 'connections are refused', fault: { do: 'refuse' } },
  { id: 'reset', what: 'connections are reset', fault: { do: 'reset' } },
  { id: 'unanswered', what: 'requests are never answered', fault: { do: 'blackhole' } },
  { id: 'tls-failure', what: 'the TLS handshake fails', fault: { do: 'tls' } },
  { id: 'unavailable', what: 'requests are answered 503', fault: { do: 'answer', status: 503 } },
]

for (const { id, what, fault } of troubles) {
  scenario(`events are queued while ${what}, and sent later`, {
    id: `queued-while-${id}`,
    proves: ['seed.S24', 'seed.S25'],
    patience: 30_000,
    async run({ target, peer, fabric }) {
      const room = await target.createRoom()
      await peer.join(room, target)

      const sent = await fabric.faulty({ from: target, to: peer }, fault, async () => {
        const missed = await target.send(room, message('one'), message('two'), message('three'))
        await target.sees(room, missed)
        return missed
      })

      await speaks(peer, target, room)
      for (const one of sent) await peer.receives(room, one)
    },
  })
}

/** Who is heard of again need not be waited for any longer. */
async function speaks(peer: Peer, target: Homeserver, room: Room): Promise<void> {
  const hello = await peer.send(room, message('here I am again'))
  await target.sees(room, hello)
}

scenario('a server that is offline gets the same treatment as one that cannot be reached', {
  id: 'offline-as-unreachable',
  proves: 'seed.S29',
  patience: 30_000,
  peers: 2,
  async run({ target, peer, peer2, fabric }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    await peer2.join(room, target)
    await peer.receives(room, peer2.heads(room)[0] ?? '')

    const first = await fabric.offline(peer, () => tells('while it is offline'))
    await speaks(peer, target, room)
    const afterOffline = await arrives(first)
    const second = await fabric.faulty({ from: target, to: peer }, { do: 'blackhole' }, () =>
      tells('while it cannot be reached'),
    )
    await speaks(peer, target, room)
    const afterUnreachable = await arrives(second)

    must.equal(afterOffline, afterUnreachable, 'whether an event arrives after it')

    /** Comes back when the event and one after it have reached another server, so that the first has been tried here too. */
    async function tells(text: string): Promise<string> {
      const [sent] = await target.send(room, message(text))
      await peer2.receives(room, sent)
      const [next] = await target.send(room, message(`${text}, still`))
      await peer2.receives(room, next)
      return sent
    }

    function arrives(id: string): Promise<boolean> {
      return peer.receives(room, id).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Nonconformance) return false
          throw error
        },
      )
    }
  },
})

const saysOnceMore = ({ body }: Asked) => JSON.stringify(body).includes('once more')

scenario('a transaction that was not granted is sent again under the same id', {
  id: 'same-transaction-again',
  proves: 'ss.txn.retry_same_id',
  patience: 30_000,
  async run({ target, peer }) {
    const room = await target.createRoom()
    await peer.join(room, target)
    const busy = { status: 503, body: { errcode: 'M_UNKNOWN', error: 'not now' } }

    const [sent, first] = await peer.answering(
      'send',
      // Anything else that goes out before it has to arrive, or its own turn would never come.
      (asked) => (saysOnceMore(asked) ? busy : undefined),
      async () => {
        const [id] = await target.send(room, message('once more'))
        return [id, await peer.asked('send', target, saysOnceMore)] as const
      },
    )

    await peer.receives(room, sent)
    const [delivery] = copies(peer, room, sent)
    must.equal(delivery?.transaction, first.params['txnId'], 'the id of the transaction')
  },
})

scenario('what the other side sent during a cut arrives after it', {
  id: 'the-other-side-arrives',
  proves: ['seed.S25', 'ss.chk.missing_prev_fetch', 'ss.repl.catch_up'],
  async run({ target, peer, fabric }) {
    const room = await target.createRoom()
    await peer.join(room, target)

    const sent = await fabric.partitioned([target, peer], () =>
      peer.send(room, message('one'), message('two'), message('three')),
    )

    await target.sees(room, sent)
  },
})
