import {
  control,
  copies,
  type Homeserver,
  message,
  must,
  type Peer,
  reaches,
  type RequirementId,
  type Room,
  scenario,
} from '#harness'

interface Departure {
  readonly id: string
  readonly when: string
  readonly proves: readonly RequirementId[]
  readonly depart: (room: Room, target: Homeserver, peer: Peer) => Promise<void>
  readonly membership: 'leave' | 'ban'
}

const departures: readonly Departure[] = [
  {
    id: 'last-user-left',
    when: 'its last user left',
    proves: ['seed.S06', 'ss.repl.not_to_left'],
    depart: (room, _target, peer) => peer.leave(room),
    membership: 'leave',
  },
  {
    id: 'last-user-kicked',
    when: 'its last user was kicked',
    proves: ['seed.S06', 'ss.repl.not_to_left'],
    depart: (room, target, peer) => target.kick(room, peer.user),
    membership: 'leave',
  },
  {
    id: 'last-user-banned',
    when: 'its last user was banned',
    proves: ['seed.S06', 'ss.repl.not_to_left'],
    depart: (room, target, peer) => target.ban(room, peer.user),
    membership: 'ban',
  },
]

for (const { id, when, proves, depart, membership } of departures) {
  scenario(`a server gets no more events of a room after ${when}`, {
    id,
    proves,
    async run({ target, peer }) {
      const shared = await target.createRoom()
      const room = await target.createRoom()
      await peer.join(shared, target)
      await peer.join(room, target)
      const [before] = await target.send(room, message('while in the room'))
      await control(() => peer.receives(room, before))

      await depart(room, target, peer)
      await reaches(target, room, peer.user, membership)
      const [after] = await target.send(room, message('for those who stayed'))
      const [fence] = await target.send(shared, message('fence'))

      await control(() => peer.receives(shared, fence))
      must.equal(copies(peer, room, after).length, 0, 'the number of copies')
    },
  })
}
