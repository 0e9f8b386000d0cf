import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { FolderBytes, MemoryBytes } from '../media/bytes.ts'
import { maxFileBytes, Media } from '../media/media.ts'
import { TestClient, text } from './test-client.ts'

/** One transparent pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

const get = (client: TestClient, path: string, token?: string) =>
  client.raw('GET', path, token === undefined ? {} : { token })

const errcode = async (answer: ReturnType<typeof get>) => {
  const { status, json } = await answer
  return `${status} ${text(json, 'errcode')}`
}

describe('media over the client API', () => {
  let one: TestClient
  let two: TestClient
  let alice: { user: string; token: string }
  let bob: { user: string; token: string }

  beforeEach(async () => {
    ;[one, two] = await TestClient.pair()
    alice = await one.newUser()
    bob = await two.newUser()
  })

  afterEach(() => Promise.all([one.stop(), two.stop()]))

  const send = async (
    bytes: Buffer,
    { query = '', type = 'image/png' }: { query?: string; type?: string } = {},
  ): Promise<string> => {
    const answer = await one.raw('POST', `/../../_matrix/media/v3/upload${query}`, {
      token: alice.token,
      bytes,
      headers: { 'content-type': type },
    })
    assert.equal(answer.status, 200)
    return text(answer.json, 'content_uri').replace('mxc://', '')
  }

  it('comes back as it was, at home and from elsewhere, by new and by old paths', async () => {
    const place = await send(pixel, { query: '?filename=a%22b.png' })
    for (const path of [`/v1/media/download/${place}`, `/../../_matrix/media/r0/download/${place}`])
      for (const [client, token] of [
        [one, alice.token],
        [two, bob.token],
      ] as const) {
        const { status, bytes, headers } = await get(client, path, token)
        assert.equal(status, 200)
        assert.deepEqual(bytes, pixel)
        assert.equal(headers['content-type'], 'image/png')
        assert.equal(headers['content-disposition'], "inline; filename*=UTF-8''a%22b.png")
        assert.match(String(headers['content-security-policy']), /^sandbox;/)
      }
    assert.equal(two.requests('mediaDownload'), 0)
    assert.equal(one.requests('mediaDownload'), 1, 'the other server has kept it')
    const named = await get(two, `/v1/media/download/${place}/other.png`, bob.token)
    assert.equal(named.headers['content-disposition'], 'inline; filename="other.png"')
    assert.equal(await errcode(get(one, `/v1/media/download/${place}`)), '401 M_MISSING_TOKEN')
    const alone = `/../../_matrix/media/v3/download/${place}?allow_remote=false`
    assert.equal((await get(one, alone)).status, 200)
    assert.equal(await errcode(get(two, alone)), '404 M_NOT_FOUND')
  })

  it('is not shown in place where it could do something', async () => {
    const place = await send(Buffer.from('<script>'), { type: 'text/html' })
    const { headers } = await get(two, `/v1/media/download/${place}`, bob.token)
    assert.equal(headers['content-disposition'], 'attachment')
  })

  it('can be promised before it is there', async () => {
    const create = async () => {
      const path = '/../../_matrix/media/v1/create'
      const { json } = await one.raw('POST', path, { token: alice.token })
      return text(json, 'content_uri').replace('mxc://', '')
    }
    const place = await create()
    const put = (token: string, to = place) =>
      one.raw('PUT', `/../../_matrix/media/v3/upload/${to}`, {
        token,
        bytes: pixel,
        headers: { 'content-type': 'image/png' },
      })
    const download = (timeout: number) =>
      get(two, `/v1/media/download/${place}?timeout_ms=${timeout}`, bob.token)

    assert.equal(await errcode(download(1)), '504 M_NOT_YET_UPLOADED')
    const waiting = download(10_000)
    const carol = await one.newUser()
    assert.equal(await errcode(put(carol.token)), '403 M_FORBIDDEN')
    assert.equal((await put(alice.token)).status, 200)
    assert.deepEqual((await waiting).bytes, pixel)
    assert.equal(await errcode(put(alice.token)), '409 M_CANNOT_OVERWRITE_MEDIA')
    const unknown = `${one.serverName}/unknown`
    assert.equal(await errcode(put(alice.token, unknown)), '404 M_NOT_FOUND')
    assert.equal(await errcode(put(alice.token, 'other/x')), '403 M_FORBIDDEN')
    for (let count = 0; count < 20; count += 1) await create()
    const more = one.raw('POST', '/../../_matrix/media/v1/create', { token: alice.token })
    assert.equal(await errcode(more), '429 M_LIMIT_EXCEEDED')
  })

  it('has the image itself for a thumbnail, and none of other content', async () => {
    const place = await send(pixel)
    const thumbnail = (query: string, of = place, client = two, token = bob.token) =>
      get(client, `/v1/media/thumbnail/${of}${query}`, token)
    const size = '?width=32&height=32'
    for (const query of [size, `${size}&method=crop&animated=true`]) {
      const { bytes, headers } = await thumbnail(query)
      assert.deepEqual(bytes, pixel)
      assert.equal(headers['content-type'], 'image/png')
    }
    assert.equal(await errcode(thumbnail('?width=32')), '400 M_MISSING_PARAM')
    for (const query of ['?width=-1&height=2', '?width=a&height=2', `${size}&method=stretch`])
      assert.equal(await errcode(thumbnail(query)), '400 M_UNKNOWN')
    const words = await send(Buffer.from('words'), { type: 'text/plain' })
    assert.equal(await errcode(thumbnail(size, words)), '400 M_UNKNOWN')
    const large = await send(Buffer.concat([pixel, Buffer.alloc(11 * 1024 * 1024)]))
    assert.equal(await errcode(thumbnail(size, large)), '502 M_TOO_LARGE')
    const own = thumbnail(size, large, one, alice.token)
    assert.equal(await errcode(own), '413 M_TOO_LARGE')
  })

  it('is refused where it is too large, unknown, or its address is none', async () => {
    const token = alice.token
    const config = await get(one, '/v1/media/config', token)
    assert.deepEqual(config.json, { 'm.upload.size': maxFileBytes })
    const path = '/../../_matrix/media/v3/upload'
    const huge = one.raw('POST', path, { token, bytes: Buffer.alloc(maxFileBytes + 1) })
    assert.equal(await errcode(huge), '413 M_TOO_LARGE')
    const download = (place: string) => errcode(get(two, `/v1/media/download/${place}`, bob.token))
    assert.equal(await download(`${one.serverName}/unknown`), '404 M_NOT_FOUND')
    assert.equal(await download(`${two.serverName}/unknown`), '404 M_NOT_FOUND')
    assert.equal(await download(`${one.serverName}/..%2Fx`), '400 M_INVALID_PARAM')
    assert.equal(await download(`${two.serverName}/a.b`), '400 M_INVALID_PARAM')
    assert.equal(await download('no_server/x'), '400 M_INVALID_PARAM')
    assert.equal(await download('127.0.0.1:1/x'), '502 M_UNKNOWN')
    const preview = get(one, '/v1/media/preview_url?url=http://localhost', token)
    assert.equal(await errcode(preview), '404 M_UNRECOGNIZED')
  })
})

describe('media', () => {
  it('is waited for while it is promised, and no longer', async () => {
    let now = 1
    const media = new Media(new Map(), new MemoryBytes(), () => now)
    const { id, expires } = media.create('@a:b')
    const waiting = media.get(id, 60_000)
    await media.uploadTo(id, '@a:b', { bytes: pixel, type: 'image/png' })
    assert.deepEqual((await waiting).bytes, pixel)
    const late = media.create('@a:b').id
    now = expires
    await assert.rejects(media.get(late, 60_000), { errcode: 'M_NOT_YET_UPLOADED' })
    const file = { bytes: pixel, type: 'image/png' }
    await assert.rejects(media.uploadTo(late, '@a:b', file), { errcode: 'M_NOT_FOUND' })
  })

  it('in a folder is one file by its hash, found again by whoever opens the folder later', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fedcheck-media-'))
    try {
      const table = new Map()
      const file = { bytes: pixel, type: 'image/png', name: 'a.png' }
      const media = new Media(table, new FolderBytes(join(directory, 'media')), () => 1)
      const [id, again] = [await media.upload('@a:b', file), await media.upload('@a:b', file)]
      const later = new Media(table, new FolderBytes(join(directory, 'media')), () => 1)
      for (const one of [id, again])
        assert.deepEqual(await later.get(one, 0), { ...file, bytes: pixel })
      assert.equal((await readdir(join(directory, 'media'))).length, 1)
      await rm(join(directory, 'media'), { recursive: true })
      await assert.rejects(later.get(id, 0), { errcode: 'M_NOT_FOUND' })
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
