import type { Event } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { finishEvent } from '../matrix/sign-event.ts'
import { SigningKey } from '../matrix/signing-key.ts'

const server = 'hs1.example.org'
export const sampleKey = SigningKey.fromSeed(Buffer.alloc(32, 7), 'a_1')

const id = (letter: string): string => `$${letter.repeat(42)}A`

const contents = {
  message: {
    msgtype: 'm.text',
    format: 'org.matrix.custom.html',
    body: 'The quick brown fox jumps over the lazy dog, again and again. '.repeat(4),
    formatted_body: '<p>The quick brown fox jumps over the lazy dog</p>',
  },
  member: {
    membership: 'join',
    displayname: 'A user of some server somewhere',
    avatar_url: 'mxc://hs1.example.org/abcdefghijklmnopqrstuvwxyz',
    reason: 'Because I could, and since the room was open to everybody. '.repeat(4),
  },
}

/** An event of room version 11, signed, that takes a kilobyte on the wire. */
export const samplePdu = (kind: keyof typeof contents, number = 0): Event =>
  finishEvent(
    {
      type: `m.room.${kind}`,
      room_id: '!abcdefghijklmnopqr:hs1.example.org',
      sender: '@somebody:hs1.example.org',
      ...(kind === 'member' ? { state_key: '@somebody:hs1.example.org' } : {}),
      content: contents[kind],
      prev_events: [id('p')],
      auth_events: [id('a'), id('b'), id('c')],
      depth: 1234 + number,
      origin_server_ts: 1_700_000_000_000 + number,
    },
    roomVersions.v11,
    server,
    sampleKey,
  )
