import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Answer, Asked } from '../../world/homeserver.ts'
import { MatrixError } from '../errors.ts'
import type { ReferencePeer } from '../peer.ts'
import { Bench } from '../test-bench.ts'
import { encodeMultipart, type Part } from './multipart.ts'

const json: Part = { headers: { 'Content-Type': 'application/json' }, bytes: Buffer.from('{}') }
const words: Part = {
  headers: { 'Content-Type': 'text/plain', 'Content-Disposition': 'inline; filename=a.txt' },
  bytes: Buffer.from('words'),
}

function multipart(...parts: readonly Part[]): Answer {
  const { type, bytes } = encodeMultipart(parts)
  return { status: 200, bytes, headers: { 'content-type': type } }
}

/** Content that lies elsewhere. */
const at = (place: string): Answer =>
  multipart(json, { headers: { Location: place }, bytes: Buffer.alloc(0) })

const failure = (status: number, errcode: string, more: object = {}): Answer => ({
  status,
  body: { errcode, error: 'x', ...more },
})

/** What `one` gets when `two` answers its request for content like that. */
function fetched(one: ReferencePeer, two: ReferencePeer, answer: Answer): Promise<string> {
  const order = { server: two.name, id: `id${two.requests().length}`, waitMs: 0 }
  const fetching = () =>
    one.server.people.remoteMedia.get(order).then(
      ({ bytes, type, name }) => `${type} ${name}: ${Buffer.from(bytes).toString()}`,
      (error: unknown) => {
        assert.ok(error instanceof MatrixError)
        return `${error.status} ${error.errcode}`
      },
    )
  return two.answering('mediaDownload', () => answer, fetching)
}

describe('content of other servers', () => {
  it('is taken out of two parts, and nothing else is', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const rows: readonly (readonly [Answer, string])[] = [
        [multipart(json, words), 'text/plain a.txt: words'],
        [multipart(json, { ...words, headers: {} }), 'application/octet-stream undefined: words'],
        [multipart(json), '502 M_UNKNOWN'],
        [multipart(json, words, words), '502 M_UNKNOWN'],
        [multipart(words, words), '502 M_UNKNOWN'],
        [{ status: 200, bytes: Buffer.from('words'), headers: {} }, '502 M_UNKNOWN'],
        [{ status: 200, body: {} }, '502 M_UNKNOWN'],
      ]
      for (const [answer, expected] of rows) assert.equal(await fetched(one, two, answer), expected)
    }))

  it('is refused to the client as the other server refuses it', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const rows: readonly (readonly [Answer, string])[] = [
        [failure(404, 'M_NOT_FOUND'), '404 M_NOT_FOUND'],
        [failure(504, 'M_NOT_YET_UPLOADED'), '504 M_NOT_YET_UPLOADED'],
        [failure(502, 'M_TOO_LARGE'), '502 M_TOO_LARGE'],
        [failure(413, 'M_TOO_LARGE'), '502 M_TOO_LARGE'],
        [failure(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 5 }), '429 M_LIMIT_EXCEEDED'],
        [failure(403, 'M_UNRECOGNIZED'), '502 M_UNKNOWN'],
        [{ status: 500 }, '502 M_UNKNOWN'],
      ]
      for (const [answer, expected] of rows) assert.equal(await fetched(one, two, answer), expected)
      const order = { server: two.name, id: '../x', waitMs: 0 }
      await assert.rejects(one.server.people.remoteMedia.get(order), { errcode: 'M_INVALID_PARAM' })
    }))

  it('is fetched in the old way only where the new one is unknown', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two()
      const old = () =>
        bench.journal.facts.flatMap((fact) =>
          fact.kind === 'exchange' && fact.uri.startsWith('/_matrix/media/') ? [fact.uri] : [],
        )
      await fetched(one, two, failure(404, 'M_NOT_FOUND'))
      assert.deepEqual(old(), [])
      await fetched(one, two, failure(404, 'M_UNRECOGNIZED'))
      assert.match(
        old()[0] ?? '',
        /^\/_matrix\/media\/v3\/download\/[^/]+\/id\d+\?allow_remote=false&timeout_ms=0$/,
      )
    }))

  it('is followed to where it lies, once, and only by HTTPS', () =>
    Bench.with(async (bench) => {
      const [one, two, three] = await bench.three()
      const place = `https://${three.name}/_matrix/key/v2/server`
      const found = await fetched(one, two, at(place))
      assert.match(found, /^application\/json undefined: \{.*verify_keys/)
      const asked: readonly Asked[] = three.requests('serverKeys')
      assert.equal(asked.at(-1)?.headers['authorization'], undefined)
      for (const wrong of ['http://127.0.0.1/x', 'nonsense', 'file:///etc/passwd', `${place}/x/y`])
        assert.equal(await fetched(one, two, at(wrong)), '502 M_UNKNOWN')
    }))
})
