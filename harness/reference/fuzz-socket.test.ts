import assert from 'node:assert/strict'
import { connect, type TLSSocket } from 'node:tls'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { Bench } from './test-bench.ts'
import { answered, isWell, runs, type Scene, sceneOn, seeded } from './test-fuzz-scene.ts'

/** What comes back until the other end has closed, which it has to do when nothing more comes from here. */
function said({ one }: Scene, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket: TLSSocket = connect(
      { host: one.server.address, port: one.server.port, rejectUnauthorized: false },
      () => void socket.end(bytes),
    )
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    // A reset is an answer too.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

const lines = [
  'GET /_matrix/federation/v1/version HTTP/1.1',
  'PUT /_matrix/federation/v1/send/1 HTTP/1.1',
  'POST /_matrix/client/v3/login HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT a:1 HTTP/1.1',
  'GET http://[::1/%zz HTTP/1.0',
  'host: x',
  'content-length: 5',
  'content-length: -1',
  'content-length: 99999999999999999999',
  'transfer-encoding: chunked',
  'expect: 100-continue',
  'upgrade: websocket',
  'connection: upgrade',
  'authorization: X-Matrix origin="x",key="ed25519:1",sig="',
  'authorization: X-Matrix origin=127.0.0.1:1,destination=x,key=ed25519:1,sig=AAAA',
  'authorization: Bearer ',
  'content-encoding: gzip',
  '',
  '',
  '0',
  '5',
  '{"a":',
  'ffffffffffffffff',
  '{}',
]

/** Lines of HTTP in any order, and what is none in between. */
const almostHttp = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...lines), weight: 6 },
      { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 1 },
    ),
    { maxLength: 10 },
  )
  .map((all) => Buffer.from(all.join('\r\n')))

const request = fc
  .tuple(fc.constantFrom(...lines.slice(0, 6)), almostHttp)
  .map(([first, rest]) => Buffer.concat([Buffer.from(`${first}\r\n`), rest]))

describe('under raw garbage the listener', () => {
  it('answers no 5xx, closes, and goes on', () =>
    Bench.with(async (bench) => {
      const scene = await sceneOn(bench)
      const garbage = fc.oneof(fc.uint8Array({ maxLength: 200 }), almostHttp, request)
      await fc.assert(
        fc.asyncProperty(garbage, async (bytes) => {
          assert.doesNotMatch(await said(scene, bytes), /^HTTP\/1\.[01] 5/m)
          assert.deepEqual(scene.one.server.faults, [])
        }),
        { numRuns: runs || 150, ...seeded },
      )
      await answered(scene, { operation: 'version' })
      await isWell(scene)
    })).timeout(120_000)
})
