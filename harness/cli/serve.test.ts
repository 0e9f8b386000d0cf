import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf } from './test-cli.ts'
import { call, freePorts, Launched, opensslFiles, registered, seen } from './test-launcher.ts'

const patienceMs = 60_000

/** Over TLS, for that host name. */
const ask = (url: string, ca: string, servername?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = servername === undefined ? {} : { servername, headers: { host: servername } }
    get(url, { ca, agent: false, ...options }, (answer) => resolve(text(answer))).once(
      'error',
      reject,
    )
  })

/** Ids of the keys that each of its servers publishes. */
const keysOf = async (launched: Launched, ca: string): Promise<readonly string[][]> => {
  const asked = launched.urls().map(([url = '']) => ask(`${url}/_matrix/key/v2/server`, ca))
  const documents = await Promise.all(asked)
  return documents.map((document) => Object.keys(JSON.parse(document)['verify_keys']))
}

const place = (name: string) => ['--name', name, '--listen', '127.0.0.1:0']

describe('fedcheck serve', () => {
  const running: Launched[] = []
  const start = async (flags: readonly string[], servers = 1) => {
    const launched = await Launched.start(flags, servers)
    running.push(launched)
    return launched
  }
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop('SIGKILL'))))

  it('takes name, addresses, RSA certificate and authority of a launcher, and ends cleanly', async () => {
    const { ca, cert, key } = opensslFiles(folderOf(), 'hs1')
    const places = ['--listen', '127.0.0.1:0', '--client-listen', '127.0.0.1:0']
    const trust = ['--tls-cert', cert, '--tls-key', key, '--ca', ca]
    const launched = await start(['--name', 'hs1', ...places, ...trust, '--log', 'json'])
    const [secure = '', plain = ''] = launched.urls()[0] ?? []

    const url = `${plain}/_matrix/client/v3/sync?access_token=secret`
    const unknown = await fetch(url, { headers: { authorization: 'Bearer secret' } })
    assert.equal(unknown.status, 401)
    const keys = await ask(`${secure}/_matrix/key/v2/server`, readFileSync(ca, 'utf8'), 'hs1')
    assert.match(keys, /"server_name":"hs1"/)

    // As it was before v1.6, and as suites still ask.
    const one = await call(`${plain}/_matrix/key/v2/server/ed25519:any`)
    assert.equal(one['server_name'], 'hs1')

    assert.equal(await launched.stop(), 0)
    const log = launched.log.split('\n').filter((line) => line.startsWith('{'))
    assert.deepEqual(
      log.map((line) => JSON.parse(line).path),
      ['/_matrix/client/v3/sync', '/_matrix/key/v2/server', '/_matrix/key/v2/server/ed25519:any'],
    )
    assert.doesNotMatch(launched.log, /secret/)
    assert.equal(launched.rest, '')
  }).timeout(patienceMs)

  it('has several servers in one process under one authority, and again on the same data', async () => {
    const data = join(folderOf(), 'data')
    const flags = [...place('a.test'), ...place('b.test'), '--log', 'quiet', '--data', data]
    const launched = await start(flags, 2)
    const keys = await keysOf(launched, launched.rest)
    assert.equal(await launched.stop('SIGINT'), 0)

    const again = await start(flags, 2)
    assert.equal(again.rest, launched.rest)
    assert.deepEqual(await keysOf(again, launched.rest), keys)
    assert.equal(statSync(join(data, 'authority.pem')).mode & 0o777, 0o600)
  }).timeout(patienceMs)

  it('federates under names that the system resolves, and goes on after a restart on the same data', async () => {
    const folder = folderOf()
    const { ca, cert, key } = opensslFiles(folder, 'localhost')
    const trust = ['--tls-cert', cert, '--tls-key', key, '--ca', ca]
    const [first = 0, second = 0, plain = 0, other = 0] = await freePorts(4)
    const launch = async (port: number, clients: number) => {
      const places = ['--listen', `127.0.0.1:${port}`, '--client-listen', `127.0.0.1:${clients}`]
      const rest = ['--name', `localhost:${port}`, '--data', join(folder, `${port}`)]
      return start([...places, ...trust, ...rest])
    }
    await launch(first, plain)
    const down = await launch(second, other)
    const [one, two] = [plain, other].map((port) => `http://127.0.0.1:${port}/_matrix/client/v3`)
    const sam = await registered(plain, 'sam')
    const kim = await registered(other, 'kim')
    const room = await call(`${one}/createRoom`, sam, { preset: 'public_chat' })
    const id = String(room['room_id'])
    await call(`${two}/join/${id}?server_name=localhost:${first}`, kim, {})

    const said = { msgtype: 'm.text', body: 'while you were away' }
    assert.equal(await down.stop('SIGKILL'), 'SIGKILL')
    await call(`${one}/rooms/${id}/send/m.room.message/1`, sam, said, 'PUT')
    await launch(second, other)

    await seen(`${two}/sync`, kim, said.body)
    const members = await call(`${two}/rooms/${id}/joined_members`, kim)
    assert.equal(Object.keys(members['joined'] ?? {}).length, 2)
    const answer = { msgtype: 'm.text', body: 'here I am' }
    await call(`${two}/rooms/${id}/send/m.room.message/1`, kim, answer, 'PUT')
    await seen(`${one}/sync`, sam, answer.body)
  }).timeout(patienceMs)

  it('ends at once at the second signal', async () => {
    const launched = await start([...place('hs1'), '--client-listen', '127.0.0.1:0'])
    const [, url = ''] = launched.urls()[0] ?? []
    // An upload that never ends: what is under way, and is waited for.
    const [, port] = /:(\d+)$/.exec(url) ?? []
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n')
    await once(socket, 'data')
    const closed = once(launched.child, 'close')
    launched.child.kill('SIGTERM')
    await launched.says(/Once more ends at once/)
    launched.child.kill('SIGTERM')
    assert.deepEqual(await closed, [130, null])
  }).timeout(patienceMs)

  it('registers by m.login.dummy in one request, and by a shared secret', async () => {
    const secret = ['--registration-shared-secret', 'between us']
    const flags = [...place('hs1'), '--client-listen', '127.0.0.1:0', ...secret]
    const [, url = ''] = (await start(flags)).urls()[0] ?? []
    const auth = { type: 'm.login.dummy' }
    const alice = await call(`${url}/_matrix/client/r0/register`, undefined, {
      auth,
      username: 'alice',
      password: 'x',
    })
    assert.equal(alice['user_id'], '@alice:hs1')

    const path = '/_synapse/admin/v1/register'
    const { nonce } = await call(url + path)
    const mac = createHmac('sha1', 'between us').update(`${String(nonce)}\0bob\0secret\0notadmin`)
    const user = { username: 'bob', password: 'secret', admin: false }
    const bob = await call(url + path, undefined, { nonce, ...user, mac: mac.digest('hex') })
    assert.equal(bob['user_id'], '@bob:hs1')
    const identifier = { type: 'm.id.user', user: 'bob' }
    const login = { type: 'm.login.password', identifier, password: 'secret' }
    assert.equal(
      (await call(`${url}/_matrix/client/v3/login`, undefined, login))['user_id'],
      '@bob:hs1',
    )
  }).timeout(patienceMs)

  it('makes rooms of the version that it is told', async () => {
    const flags = [...place('hs1'), '--client-listen', '127.0.0.1:0', '--room-version', '9']
    const [, url = ''] = (await start(flags)).urls()[0] ?? []
    const v3 = `${url}/_matrix/client/v3`
    const token = await registered(Number(new URL(url).port), 'alice')

    const { capabilities } = await call(`${v3}/capabilities`, token)
    const { room_id: id } = await call(`${v3}/createRoom`, token, {})
    const create = await call(`${v3}/rooms/${String(id)}/state/m.room.create`, token)
    assert.equal(create['room_version'], '9')
    assert.match(JSON.stringify(capabilities), /"default":"9"/)
  }).timeout(patienceMs)

  it('enters a large room at once, and gets the memberships afterwards', async () => {
    const ports = await freePorts(4)
    const [first = 0, second = 0, plain = 0, other = 0] = ports
    const names = [first, second].flatMap((port) => ['--name', `localhost:${port}`])
    const places = [first, second].flatMap((port) => ['--listen', `127.0.0.1:${port}`])
    const clients = [plain, other].flatMap((port) => ['--client-listen', `127.0.0.1:${port}`])
    const launched = await start(
      [...names, ...places, ...clients, '--partial-joins', '--log', 'json'],
      2,
    )
    const [one, two] = [plain, other].map((port) => `http://127.0.0.1:${port}/_matrix/client/v3`)
    const [sam, kim] = [await registered(plain, 'sam'), await registered(other, 'kim')]
    const initial_state = Array.from({ length: 100 }, (_, index) => ({
      type: 'x.y',
      state_key: String(index),
      content: {},
    }))
    const room = await call(`${one}/createRoom`, sam, { preset: 'public_chat', initial_state })
    await call(`${two}/join/${String(room['room_id'])}?server_name=localhost:${first}`, kim, {})

    await launched.says(/"path":"\/_matrix\/federation\/v1\/state_ids\//)
  }).timeout(patienceMs)

  it('says in one line what does not fit, with exit code 2', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['--log', 'xml'], /json, text, quiet/],
      [['--name', 'a', '--name', 'b'], /1 × --listen and 2 × --name/],
      [['--client-listen', '127.0.0.1:0', '--client-listen', '127.0.0.1:0'], /2 × --client-listen/],
      [['--registration', 'token:'], /open, closed, or token/],
      [['--room-version', '0'], /It is one of: 1, 2,/],
      [['--listen', '192.0.2.1:1'], /does not have the address/],
    ]
    for (const [flags, words] of wrong) {
      const ended = await fedcheck(['serve', ...flags])
      assertCode(ended, 2)
      assert.match(ended.stderr, words)
      assert.doesNotMatch(ended.stderr, /\n {4}at /)
    }
  }).timeout(patienceMs)
})
