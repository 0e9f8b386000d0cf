import {
  control,
  custom,
  type Draft,
  type Event,
  eventually,
  type Homeserver,
  must,
  type Peer,
  Refused,
  type RequirementId,
  type Room,
  scenario,
  withStateEvent,
} from '#harness'

interface Plant {
  readonly id: string
  readonly what: string
  readonly proves: readonly RequirementId[]
  /** The planted event, of type `org.fedcheck.planted`; `lawful` is the same deed without the fault. */
  readonly make: (peer: Peer, room: Room, elsewhere: Room) => Event
}

const planted = (sender?: string): Draft =>
  custom('org.fedcheck.planted', { plant: true }, '', sender)
const flip = (signature: string) => (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)

const plants: readonly Plant[] = [
  {
    id: 'badly-signed',
    what: 'with a bad signature',
    proves: ['seed.S16', 'ss.sj.joining.checks_signatures'],
    make: (peer, room) =>
      peer.forge(room, planted(), {
        spoil: (pdu) => ({
          ...pdu,
          signatures: {
            [peer.name]: Object.fromEntries(
              Object.entries(pdu.signatures[peer.name] ?? {}).map(([id, s]) => [id, flip(s)]),
            ),
          },
        }),
      }),
  },
  {
    id: 'unauthorised',
    what: 'by a user who lacks the power for it',
    proves: ['seed.S16', 'ss.sj.joining.checks_auth'],
    make: (peer, room) => peer.forge(room, planted(peer.member)),
  },
  {
    id: 'from-another-room',
    what: 'of another room',
    proves: ['seed.S16', 'ss.sj.joining.checks_auth'],
    make: (peer, _room, elsewhere) => peer.forge(elsewhere, planted()),
  },
]

/** Joins while the resident's answer also holds `extra`; false when the target refused the whole join. */
const joinsWith = async (target: Homeserver, peer: Peer, room: Room, extra: Event) =>
  peer.answering(
    'sendJoin',
    async (_asked, honest) => withStateEvent(await honest(), extra),
    () =>
      target.join(room, peer).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Refused) return false
          throw error
        },
      ),
  )

for (const { id, what, proves, make } of plants) {
  scenario(`the joining server does not take up a state event ${what}`, {
    id,
    proves,
    async run({ target, peer }) {
      const elsewhere = await peer.createRoom()
      const [room, clean] = [await peer.createRoom(), await peer.createRoom()]
      await peer.join(room, peer, peer.member)

      const lawful = peer.forge(clean, planted())
      const joined = await joinsWith(target, peer, clean, lawful)
      await control(async () => must.equal(joined, true))
      await control(async () => must.include(await target.state(clean), [lawful.id]))

      const bad = make(peer, room, elsewhere)
      if (await joinsWith(target, peer, room, bad)) {
        await eventually(async () => must.include(await target.state(room), await peer.state(room)))
        must.exclude(await target.state(room), [bad.id])
      }
    },
  })
}

scenario('the joining server redacts a state event whose hash is wrong', {
  id: 'wrongly-hashed',
  proves: ['seed.S16', 'ss.sj.joining.checks_hashes'],
  async run({ target, peer }) {
    const room = await peer.createRoom()
    const bad = peer.forge(room, planted(), {
      spoil: (pdu) => ({ ...pdu, content: { plant: 'changed after hashing' } }),
    })

    if (await joinsWith(target, peer, room, bad)) {
      const [found] = (await target.state(room)).filter(({ type }) => type === bad.pdu.type)
      must.equal(found?.content ?? {}, {}, 'the content of the wrongly hashed event')
    }
  },
})
