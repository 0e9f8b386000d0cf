import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { signJson } from '../../matrix/sign-json.ts'
import { SigningKey } from '../../matrix/signing-key.ts'
import type { Draft, Room } from '../../world/homeserver.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench, errorIn, stateIds } from '../test-bench.ts'

const token = 'token-1'

/** An identity server that says of its key whatever `isValid` is. */
async function identityServer(bench: Bench, isValid = true) {
  const asked: string[] = []
  const key = SigningKey.generate()
  const listener = await bench.listener(async ({ uri }) => {
    asked.push(uri)
    return { status: 200, json: { valid: isValid } }
  })
  const content = {
    display_name: 'b***@e***',
    key_validity_url: `https://${listener.name}/isvalid`,
    public_key: key.publicKey,
  }
  const promise: Draft = { type: 'm.room.third_party_invite', state_key: token, content }
  const signed = (mxid: string): JsonObject => signJson({ mxid, token }, 'id.example.org', key)
  return { asked, key, promise, signed }
}

const bind = (peer: ReferencePeer, mxid: string, rooms: readonly Room[], more: JsonObject) => ({
  operation: 'onBind',
  body: {
    medium: 'email',
    address: 'bob@example.org',
    mxid,
    invites: rooms.map(
      ({ id }): Json => ({
        medium: 'email',
        address: 'bob@example.org',
        mxid,
        room_id: id,
        sender: peer.user,
        ...more,
      }),
    ),
  },
})

describe('an invitation by address', () => {
  for (const version of [roomVersions.v2, roomVersions.v10, roomVersions.v12])
    it(`is issued by the inviter's server in version ${version.id}`, () =>
      Bench.with(async (bench) => {
        const [one, two, three] = await bench.three({ version })
        const { asked, promise, signed } = await identityServer(bench)
        const room = await one.createRoom({ joinRule: 'invite', initialState: [promise] })
        await one.invite(room, three.user)
        await three.join(room, one)
        const { body } = bind(one, two.user, [room], { signed: signed(two.user) })

        const reply = await three.request(two, 'onBind', { body, sign: false })
        await two.invited(room)
        await two.join(room, one)

        assert.deepEqual([reply.status, reply.json], [200, {}])
        assert.equal(asked.length, 1)
        assert.match(asked[0] ?? '', /^\/isvalid\?public_key=/)
        const invitation = one
          .events(room)
          .find(({ pdu }) => pdu.state_key === two.user && pdu.content['membership'] === 'invite')
        assert.equal(invitation?.pdu.sender, one.user)
        const third = invitation?.pdu.content['third_party_invite']
        assert.deepEqual(third, { display_name: 'b***@e***', signed: signed(two.user) })
        await three.receives(room, one.heads(room)[0] ?? '')
        assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
        assert.deepEqual(await stateIds(three, room), await stateIds(one, room))
      }))

  it('is issued directly where the invited user’s server is in the room', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { promise, signed } = await identityServer(bench)
      const room = await one.createRoom({ initialState: [promise] })
      await two.join(room, one)
      const { body } = bind(one, two.member, [room], { signed: signed(two.member) })

      await one.request(two, 'onBind', { body, sign: false })
      const invited = two.server.rooms.get(room.id)?.stateEvent('m.room.member', two.member)
      await one.receives(room, invited?.id ?? '')

      assert.equal(invited?.pdu.content['membership'], 'invite')
      assert.deepEqual(Object.keys(invited?.pdu.signatures ?? {}), [two.name])
      assert.equal(one.requests('exchangeThirdPartyInvite').length, 0)
      assert.deepEqual(await stateIds(two, room), await stateIds(one, room))
    }))

  it('is not issued with a key that is not valid any more', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { promise, signed } = await identityServer(bench, false)
      const room = await one.createRoom({ joinRule: 'invite', initialState: [promise] })
      const { body } = bind(one, two.user, [room], { signed: signed(two.user) })

      const { status } = await one.request(two, 'onBind', { body, sign: false })

      assert.equal(status, 200)
      assert.equal(two.server.users.invitation(room.id, two.user), undefined)
      assert.equal(one.requests('exchangeThirdPartyInvite').length, 1)
    }))
})

const withSigned = (by: Json) => ({
  content: { membership: 'invite', third_party_invite: { display_name: 'b', signed: by } },
})

describe('the exchange of an invitation by address', () => {
  it('is refused where something is wrong with it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { promise, signed } = await identityServer(bench)
      const room = await one.createRoom({ joinRule: 'invite', initialState: [promise] })
      const whole = {
        type: 'm.room.member',
        room_id: room.id,
        sender: one.user,
        state_key: two.user,
        content: {
          membership: 'invite',
          third_party_invite: { display_name: 'bob', signed: signed(two.user) },
        },
      }
      const put = (change: JsonObject, roomId = room.id) => {
        const body = Object.fromEntries(
          Object.entries({ ...whole, ...change }).filter(([, value]) => value !== null),
        )
        const how = { params: { roomId }, body, deliberate: true }
        return errorIn(two.request(one, 'exchangeThirdPartyInvite', how))
      }
      const other = signJson({ mxid: two.user, token }, 'id.example.org', SigningKey.generate())

      assert.deepEqual(await put({ type: 'm.room.name' }), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await put({ room_id: '!other:example.org' }), [400, 'M_INVALID_PARAM'])
      assert.deepEqual(await put({ content: null }), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await put({ sender: null }), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await put({ sender: two.user }), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await put({ state_key: one.member }), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await put(withSigned({ mxid: two.user })), [400, 'M_BAD_JSON'])
      assert.deepEqual(await put(withSigned(other)), [403, 'M_FORBIDDEN'])
      assert.deepEqual(await put(withSigned(signed(two.member))), [403, 'M_FORBIDDEN'])
      const nowhere = '!nowhere:example.org'
      assert.deepEqual(await put({ room_id: nowhere }, nowhere), [404, 'M_NOT_FOUND'])
      assert.equal(two.server.users.invitation(room.id, two.user), undefined)
    }))

  it('needs a whole message of the identity server', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const { body } = bind(one, two.user, [], {})
      const put = (change: JsonObject) =>
        errorIn(
          one.request(two, 'onBind', {
            body: { ...body, ...change },
            sign: false,
            deliberate: true,
          }),
        )

      assert.deepEqual(await put({}), [200, 'none'])
      assert.deepEqual(await put({ invites: 'all' }), [400, 'M_BAD_JSON'])
      assert.deepEqual(await put({ invites: [{}] }), [400, 'M_MISSING_PARAM'])
      assert.deepEqual(await put({ mxid: 7 }), [400, 'M_BAD_JSON'])
      assert.deepEqual(await put({ mxid: one.user }), [404, 'M_NOT_FOUND'])
    }))
})
