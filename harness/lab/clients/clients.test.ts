import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { Preset, ReceiptType, RoomMemberEvent } from 'matrix-js-sdk'
import { foreigner, Town } from '../foreign/test-town.ts'
import { App, mute } from './test-app.ts'

/** See .ci/beside.mjs. */
describe(`matrix-js-sdk on two references and ${foreigner ?? 'another server'}`, function () {
  this.timeout(120_000)
  let town: Town
  let apps: readonly [App, App, App]
  const open: App[] = []
  let roomId: string
  let loud: (() => void) | undefined

  before(async function () {
    if (foreigner === undefined) this.skip()
    loud = mute()
    town = await Town.open(foreigner)
    const [here, there] = town.ours
    apps = [
      await App.register(here, 'alice'),
      await App.register(there, 'bob'),
      await App.register(town.foreign, 'carol'),
    ]
    open.push(...apps)
  })

  after(async () => {
    await Promise.all(open.map((app) => app.close()))
    if (town !== undefined) {
      const faults = town.faults()
      await town.close()
      assert.deepEqual(faults, [])
    }
    loud?.()
  })

  it('makes an encrypted room across the three', async () => {
    const [alice, bob, carol] = apps
    const made = await alice.client.createRoom({
      preset: Preset.PrivateChat,
      name: 'Three servers',
      invite: [bob.user, carol.user],
      initial_state: [
        {
          type: 'm.room.encryption',
          state_key: '',
          content: { algorithm: 'm.megolm.v1.aes-sha2' },
        },
      ],
    })
    roomId = made.room_id
    for (const app of [bob, carol]) {
      const room = await app.room(roomId)
      await app.until('the invitation', () => room.getMyMembership() === 'invite')
      await app.client.joinRoom(roomId)
    }

    for (const app of apps) {
      const room = await app.room(roomId)
      await app.until('three members', () => room.getJoinedMemberCount() === 3)
      assert.ok(await app.client.getCrypto()?.isEncryptionEnabledInRoom(roomId))
    }
  })

  it('has everybody read what anybody writes', async () => {
    for (const writer of apps) {
      const words = `from ${writer.user}`
      await writer.client.sendTextMessage(roomId, words)
      for (const reader of apps) {
        const event = await reader.reads(roomId, words)
        assert.equal(event.getWireType(), 'm.room.encrypted')
        assert.equal(event.getSender(), writer.user)
      }
    }
  })

  it('shows who types', async () => {
    const [alice, bob, carol] = apps
    const seen = [alice, carol].map(
      (app) =>
        new Promise<void>((resolve) => {
          app.client.on(RoomMemberEvent.Typing, (_, member) => {
            if (member.userId === bob.user && member.typing) resolve()
          })
        }),
    )
    await bob.client.sendTyping(roomId, true, 20_000)
    await Promise.all(seen)
  })

  it('shows how far others have read', async () => {
    const [alice, bob, carol] = apps
    const { event_id: id } = await alice.client.sendTextMessage(roomId, 'read this')
    for (const reader of [bob, carol]) {
      const event = await reader.reads(roomId, 'read this')
      await reader.client.sendReceipt(event, ReceiptType.Read, {})
      const others = apps.filter((app) => app !== reader)
      for (const app of others) {
        const room = await app.room(roomId)
        await app.until(
          `the receipt of ${reader.user}`,
          () => room.getReadReceiptForUserId(reader.user, true)?.eventId === id,
        )
      }
    }
  })

  it('sends to a device that is added later', async () => {
    const [alice, bob, carol] = apps
    const [, there] = town.ours
    const tablet = await App.login(there, bob.user)
    open.push(tablet)
    for (const writer of [alice, carol]) {
      await writer.knowsDevice(bob.user, tablet.device)
      const words = `${writer.user} writes to all devices`
      await writer.client.sendTextMessage(roomId, words)
      await tablet.reads(roomId, words)
    }
  })
})
