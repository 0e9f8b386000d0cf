import assert from 'node:assert/strict'
import type { RoomVersion } from '../../matrix/room-version.ts'
import { valueIn } from '../../targets/client.ts'
import { type Citizen, listIn, type Place } from './test-citizen.ts'
import type { Town } from './test-town.ts'

export interface Scene {
  readonly town: Town
  /** Where the room is made. */
  readonly resident: Place
  /** Whose users come to it. */
  readonly guest: Place
  readonly version: RoomVersion
}

export interface Story {
  readonly name: string
  readonly tell: (scene: Scene) => Promise<void>
}

interface MemberStory extends Story {
  /** Whether the version has what it takes. */
  readonly fits: (version: RoomVersion) => boolean
}

const always = () => true

/** A user of each server: who makes the room, and who comes. */
export async function couple({ town, resident, guest }: Scene): Promise<[Citizen, Citizen]> {
  return [await town.citizen(resident, 'host'), await town.citizen(guest, 'guest')]
}

/** Both say something, both hear it, and both end with the same state. */
export async function talk(room: string, one: Citizen, other: Citizen): Promise<void> {
  const said = [await one.say(room, 'from one'), await other.say(room, 'from the other')]
  await Promise.all([one.hears(room, ...said), other.hears(room, ...said)])
  await agree(room, one, other)
}

async function agree(room: string, ...citizens: readonly Citizen[]): Promise<void> {
  const [first, ...others] = citizens
  assert.ok(first !== undefined)
  for (const other of others) {
    await other.finds('the same state', async () => {
      const [mine, yours] = [await other.state(room), await first.state(room)]
      return mine.join() === yours.join()
    })
  }
}

async function joined(scene: Scene, options = {}): Promise<[string, Citizen, Citizen]> {
  const [host, guest] = await couple(scene)
  const room = await host.createRoom({ room_version: scene.version.id, ...options })
  await guest.join(room, scene.resident)
  return [room, host, guest]
}

const becomes = (who: Citizen, room: string, whose: Citizen, membership: string | undefined) =>
  who.finds(
    `${whose.user} as ${membership}`,
    async () => (await who.membership(room, whose.user)) === membership,
  )

/** By sync: who is banned may ask for nothing else. */
const seesItselfBanned = (who: Citizen, room: string, since: string) =>
  who.sees(
    'its ban',
    (answer) =>
      ['timeline', 'state']
        .flatMap((part) => listIn(answer, 'rooms', 'leave', room, part, 'events'))
        .find(
          (event) =>
            valueIn(event, 'state_key') === who.user &&
            valueIn(event, 'content', 'membership') === 'ban',
        ),
    since,
  )

const isInvited = (who: Citizen, room: string) =>
  who.sees('an invitation', (answer) => valueIn(answer, 'rooms', 'invite', room))

const restrictedTo = (space: string) => ({
  type: 'm.room.join_rules',
  state_key: '',
  content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: space }] },
})

export const memberStories: readonly MemberStory[] = [
  {
    name: 'joins, talks, leaves and comes back',
    fits: always,
    tell: async (scene) => {
      const [room, host, guest] = await joined(scene)
      await talk(room, host, guest)
      await guest.does('leave', room)
      await becomes(host, room, guest, 'leave')
      await host.put(room, 'm.room.topic', { topic: 'while you were away' })
      await guest.join(room, scene.resident)
      await talk(room, host, guest)
    },
  },
  {
    name: 'invites, is declined, and invites again',
    fits: always,
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const room = await host.createRoom({
        room_version: scene.version.id,
        preset: 'private_chat',
        invite: [guest.user],
      })
      await isInvited(guest, room)
      await guest.does('leave', room)
      await becomes(host, room, guest, 'leave')
      await host.does('invite', room, { user_id: guest.user })
      await isInvited(guest, room)
      await guest.join(room, scene.resident)
      await talk(room, host, guest)
    },
  },
  {
    name: 'kicks, bans, unbans and lets in again',
    fits: always,
    tell: async (scene) => {
      const [room, host, guest] = await joined(scene)
      await host.does('kick', room, { user_id: guest.user })
      await becomes(guest, room, guest, 'leave')
      await guest.join(room, scene.resident)
      const before = await guest.now()
      await host.does('ban', room, { user_id: guest.user })
      await seesItselfBanned(guest, room, before)
      const path = `/join/${encodeURIComponent(room)}?server_name=${scene.resident.name}`
      assert.equal((await guest.call('POST', path, {})).status, 403)
      await host.does('unban', room, { user_id: guest.user })
      await guest.join(room, scene.resident)
      await talk(room, host, guest)
    },
  },
  {
    name: 'redacts, and neither shows it any more',
    fits: always,
    tell: async (scene) => {
      const [room, host, guest] = await joined(scene)
      const said = await guest.say(room, 'to be taken back')
      await host.hears(room, said)
      const event = `/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(said)}`
      await guest.ask(
        'PUT',
        `/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(said)}/1`,
        {},
      )
      for (const who of [host, guest])
        await who.finds('the redaction', async () => {
          const content = valueIn(await who.ask('GET', event), 'content')
          return JSON.stringify(content) === '{}'
        })
      await talk(room, host, guest)
    },
  },
  {
    name: 'knocks, is invited and joins',
    fits: ({ knocking }) => knocking,
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const room = await host.createRoom({
        room_version: scene.version.id,
        preset: 'private_chat',
        initial_state: [
          { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } },
        ],
      })
      const path = `/knock/${encodeURIComponent(room)}?server_name=${scene.resident.name}&via=${scene.resident.name}`
      await guest.ask('POST', path, { reason: 'please' })
      await guest.sees('its knock', (answer) => valueIn(answer, 'rooms', 'knock', room))
      await becomes(host, room, guest, 'knock')
      await host.does('invite', room, { user_id: guest.user })
      await isInvited(guest, room)
      await guest.join(room, scene.resident)
      await talk(room, host, guest)
    },
  },
  {
    name: 'lets the members of a space in, and nobody else',
    fits: ({ restrictedJoin }) => restrictedJoin,
    tell: async (scene) => {
      const [host, guest] = await couple(scene)
      const stranger = await scene.town.citizen(scene.guest, 'stranger')
      const room_version = scene.version.id
      const space = await host.createRoom({ room_version, creation_content: { type: 'm.space' } })
      const room = await host.createRoom({
        room_version,
        preset: 'private_chat',
        initial_state: [restrictedTo(space)],
      })
      const path = `/join/${encodeURIComponent(room)}?server_name=${scene.resident.name}`
      assert.equal((await stranger.call('POST', path, {})).status, 403)
      await guest.join(space, scene.resident)
      await guest.join(room, scene.resident)
      await talk(room, host, guest)
    },
  },
]
