import assert from 'node:assert/strict'
import { Agent, request } from 'undici'
import type { Json } from '../../matrix/event.ts'
import { valueIn } from '../../targets/client.ts'
import { type Citizen, listIn, textOf } from './test-citizen.ts'
import { couple, type Scene, type Story } from './test-member-stories.ts'

async function inOneRoom(scene: Scene): Promise<[string, Citizen, Citizen]> {
  const [host, guest] = await couple(scene)
  const room = await host.createRoom()
  await guest.join(room, scene.resident)
  return [room, host, guest]
}

const ephemeral = (answer: Json, room: string, type: string): readonly Json[] =>
  listIn(answer, 'rooms', 'join', room, 'ephemeral', 'events').filter(
    (event) => valueIn(event, 'type') === type,
  )

/** Sent by `of` both ways round: each of the two is once the one who acts. */
const bothWays =
  (act: (room: string, actor: Citizen, watcher: Citizen) => Promise<void>) =>
  async (scene: Scene): Promise<void> => {
    const [room, host, guest] = await inOneRoom(scene)
    await act(room, host, guest)
    await act(room, guest, host)
  }

const deviceKeys = ({ user, device }: Citizen, letter: string) => ({
  user_id: user,
  device_id: device,
  algorithms: ['m.olm.v1.curve25519-aes-sha2'],
  keys: {
    [`curve25519:${device}`]: letter.repeat(43),
    [`ed25519:${device}`]: letter.repeat(43),
  },
  signatures: { [user]: { [`ed25519:${device}`]: letter.repeat(86) } },
})

async function upload(citizen: Citizen, bytes: Uint8Array): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: citizen.server.ca } })
  const { body } = await request(`${citizen.server.baseUrl}/_matrix/media/v3/upload`, {
    method: 'POST',
    dispatcher,
    headers: { authorization: `Bearer ${citizen.token}`, 'content-type': 'image/png' },
    body: bytes,
  })
  const json: Json = JSON.parse(await body.text())
  await dispatcher.close()
  return textOf(json, 'content_uri')
}

async function download(citizen: Citizen, uri: string): Promise<[string, Uint8Array]> {
  const dispatcher = new Agent({ connect: { ca: citizen.server.ca } })
  const path = `/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`
  const { statusCode, headers, body } = await request(`${citizen.server.baseUrl}${path}`, {
    dispatcher,
    headers: { authorization: `Bearer ${citizen.token}` },
  })
  const bytes = new Uint8Array(await body.arrayBuffer())
  await dispatcher.close()
  assert.equal(statusCode, 200, Buffer.from(bytes).toString().slice(0, 200))
  return [String(headers['content-type']), bytes]
}

/** What goes from server to server for users rather than rooms: EDUs, keys, profiles, media. */
export const userStories: readonly Story[] = [
  {
    name: 'sees the other type',
    tell: bothWays(async (room, actor, watcher) => {
      const path = `/rooms/${encodeURIComponent(room)}/typing/${encodeURIComponent(actor.user)}`
      await actor.ask('PUT', path, { typing: true, timeout: 30_000 })
      await watcher.sees(`${actor.user} typing`, (answer) =>
        ephemeral(answer, room, 'm.typing').find((event) =>
          listIn(event, 'content', 'user_ids').includes(actor.user),
        ),
      )
      await actor.ask('PUT', path, { typing: false })
    }),
  },
  {
    name: 'sees that the other has read',
    tell: bothWays(async (room, actor, watcher) => {
      const said = await watcher.say(room, 'read this')
      await actor.hears(room, said)
      const path = `/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(said)}`
      await actor.ask('POST', path, {})
      await watcher.sees('the receipt', (answer) =>
        ephemeral(answer, room, 'm.receipt').find(
          (event) => valueIn(event, 'content', said, 'm.read', actor.user) !== undefined,
        ),
      )
    }),
  },
  {
    name: 'sees the other online',
    tell: bothWays(async (_, actor, watcher) => {
      const path = `/presence/${encodeURIComponent(actor.user)}/status`
      await actor.ask('PUT', path, { presence: 'online', status_msg: 'at home' })
      await watcher.sees('the presence', (answer) =>
        listIn(answer, 'presence', 'events').find(
          (event) =>
            valueIn(event, 'sender') === actor.user &&
            valueIn(event, 'content', 'status_msg') === 'at home',
        ),
      )
    }),
  },
  {
    name: 'gets what is sent to its device',
    tell: bothWays(async (_, actor, watcher) => {
      const body = { messages: { [watcher.user]: { '*': { words: `from ${actor.user}` } } } }
      await actor.ask('PUT', `/sendToDevice/org.fedcheck.note/${actor.device}`, body)
      await watcher.sees('the message', (answer) =>
        listIn(answer, 'to_device', 'events').find(
          (event) => valueIn(event, 'content', 'words') === `from ${actor.user}`,
        ),
      )
    }),
  },
  {
    name: 'finds, claims and follows the keys of the other',
    tell: bothWays(async (_, actor, watcher) => {
      const before = await watcher.now()
      const key = { key: 'A'.repeat(43), signatures: {} }
      await actor.ask('POST', '/keys/upload', {
        device_keys: deviceKeys(actor, 'B'),
        one_time_keys: { 'signed_curve25519:AAAAAQ': key },
      })
      await watcher.sees(
        'the change',
        (answer) => listIn(answer, 'device_lists', 'changed').find((user) => user === actor.user),
        before,
      )
      const queried = await watcher.ask('POST', '/keys/query', {
        device_keys: { [actor.user]: [] },
      })
      const device = valueIn(queried, 'device_keys', actor.user, actor.device)
      assert.deepEqual(valueIn(device, 'keys'), deviceKeys(actor, 'B').keys)
      const claim = { [actor.user]: { [actor.device]: 'signed_curve25519' } }
      const claimed = await watcher.ask('POST', '/keys/claim', { one_time_keys: claim })
      const path = ['one_time_keys', actor.user, actor.device, 'signed_curve25519:AAAAAQ', 'key']
      assert.equal(valueIn(claimed, ...path), key.key)
    }),
  },
  {
    name: 'knows the name of the other, and hears of a new one',
    tell: bothWays(async (room, actor, watcher) => {
      const path = `/profile/${encodeURIComponent(actor.user)}/displayname`
      await actor.ask('PUT', path, { displayname: 'Somebody Else' })
      const profile = await watcher.ask('GET', `/profile/${encodeURIComponent(actor.user)}`)
      assert.equal(valueIn(profile, 'displayname'), 'Somebody Else')
      const member = `/rooms/${encodeURIComponent(room)}/state/m.room.member/${encodeURIComponent(actor.user)}`
      await watcher.finds(
        'the name in the room',
        async () => valueIn(await watcher.ask('GET', member), 'displayname') === 'Somebody Else',
      )
    }),
  },
  {
    name: 'downloads what the other uploaded',
    tell: bothWays(async (_, actor, watcher) => {
      const bytes = Buffer.from(`image of ${actor.user}`)
      const [type, had] = await download(watcher, await upload(actor, bytes))
      assert.equal(type, 'image/png')
      assert.deepEqual(Buffer.from(had), bytes)
    }),
  },
]
