import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import type { ProxyOrder } from '../fabric/relay.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import type { Authority } from '../wire/tls.ts'
import { TargetError } from './errors.ts'
import { startTarget } from './target.ts'
import type { Proxies, Target } from './target.ts'

/** A command for a server in one line of JavaScript; `E` is its environment. */
const script = (code: string): string =>
  `process:exec '${process.execPath}' -e "const E = process.env, fs = require('fs'); ${code}"`

const https = (
  answer: string,
  tls = '{ cert: fs.readFileSync(E.FEDCHECK_TLS_CERT), key: fs.readFileSync(E.FEDCHECK_TLS_KEY) }',
) =>
  script(
    `require('https').createServer(${tls}, ${answer}).listen(E.FEDCHECK_PORT, E.FEDCHECK_ADDRESS)`,
  )

describe('startTarget', () => {
  let authority: Authority
  let addresses: Addresses
  let directory: string

  before(async () => {
    authority = await createAuthority()
    addresses = await Addresses.detect()
    directory = await mkdtemp(join(tmpdir(), 'fedcheck-target-'))
  })
  after(() => rm(directory, { recursive: true }))

  const start = (spec: string, startTimeoutMs = 15_000): Promise<Target> =>
    startTarget(spec, { authority, addresses, directory, seed: 1, startTimeoutMs })

  const refused = async (spec: string, startTimeoutMs?: number): Promise<TargetError> => {
    const outcome = await start(spec, startTimeoutMs).catch((error: unknown) => error)
    if (outcome instanceof TargetError) return outcome
    throw new Error('it started, or failed otherwise', { cause: outcome })
  }

  it('starts a command, tells what it calls itself, and stops it', async () => {
    const target = await start(
      https(`(q, s) => s.end(JSON.stringify(q.url.includes('federation')
        ? { server: { name: E.FEDCHECK_SERVER_NAME, version: fs.readdirSync(E.FEDCHECK_DIR).length + '' } }
        : { versions: ['v1.11'] }))`),
    )
    try {
      assert.equal(target.baseUrl, `https://${target.serverName}`)
      assert.equal((await target.info()).name, target.serverName)
      assert.equal(target.alive(), true)
    } finally {
      await target.stop()
    }
    assert.equal(target.alive(), false)
    assert.match(await target.exited, /^was killed by SIGTERM/)
  })

  it('tells a command of a proxy that is its own, of which it is not known to be used', async () => {
    const orders: ProxyOrder[] = []
    const proxies: Proxies = {
      covers: 'names',
      open: async (order) => {
        orders.push(order)
        return { host: '127.0.0.1', port: 3128 }
      },
    }
    const context = { authority, addresses, directory, proxies, seed: 1, startTimeoutMs: 15_000 }
    const target = await startTarget(
      https(`(q, s) => s.end(JSON.stringify(
        { server: { name: E.FEDCHECK_PROXY, version: '1' }, versions: ['v1.11'] }))`),
      context,
    )
    try {
      assert.equal((await target.info()).name, 'http://127.0.0.1:3128')
      assert.deepEqual(
        orders.map(({ isUsed, outsider }) => [outsider, isUsed]),
        [[target.serverName, false]],
      )
      assert.ok(!target.serverName.startsWith(`${orders[0]?.address}:`))
    } finally {
      await target.stop()
    }
  })

  it('refuses a specification that it does not know', async () => {
    for (const spec of ['', 'nonsense', 'synapse:x', 'process:', 'embedded:']) {
      assert.equal((await refused(spec)).code, 'unknown')
    }
  })

  it('tells of a server that exits at once, with its last lines', async () => {
    const error = await refused('process:echo no database here >&2; exit 3')

    assert.equal(error.code, 'exited')
    assert.match(error.message, /exited with code 3/)
    assert.match(error.logTail, /no database here/)
  })

  it('tells of a server that never listens', async () => {
    const error = await refused('process:echo thinking; exec sleep 1000', 500)

    assert.equal(error.code, 'silent')
    assert.match(error.message, /within 500 ms/)
    assert.equal(error.logTail, 'thinking')
  })

  it('tells of a server that accepts and never answers', async () => {
    const error = await refused(https('() => {}'), 700)

    assert.equal(error.code, 'silent')
  })

  it('tells of a server that speaks plain HTTP', async () => {
    const error = await refused(
      script(
        `require('http').createServer((q, s) => s.end('{}')).listen(E.FEDCHECK_PORT, E.FEDCHECK_ADDRESS)`,
      ),
    )

    assert.equal(error.code, 'plain-http')
    assert.match(error.advice, /FEDCHECK_TLS_CERT/)
  })

  it('tells of a server with a certificate of its own', async () => {
    const other = await (await createAuthority()).issue(['127.0.0.1'])
    const tls = JSON.stringify({ cert: other.certificate, key: other.privateKey })
    const error = await refused(https('() => {}', tls.replaceAll('"', '`').replaceAll('`', "'")))

    assert.equal(error.code, 'tls')
  })

  it('tells of a server that is no homeserver', async () => {
    const error = await refused(https(`(q, s) => { s.statusCode = 404; s.end('nothing') }`), 2_000)

    assert.equal(error.code, 'not-matrix')
    assert.match(error.message, /404/)
  })

  it('takes another port when a server finds its own in use', async () => {
    const file = join(directory, 'attempts')
    const error = await refused(
      `process:echo $FEDCHECK_PORT >> ${file}; echo Error: listen EADDRINUSE >&2; exit 1`,
    )

    assert.equal(error.code, 'exited')
    const ports = (await readFile(file, 'utf8')).trim().split('\n')
    assert.equal(ports.length, 3)
    assert.equal(new Set(ports).size, 3)
  })
})
