import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:https'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'mocha'
import type { Json } from '../matrix/event.ts'
import { Addresses } from '../wire/addresses.ts'
import { serve } from './serve.ts'
import type { Running } from './serve.ts'
import { jsonLine } from './serving/log.ts'
import { ServeError } from './serving/serve-error.ts'

const quiet = { seed: 1, log: () => undefined }

const main = fileURLToPath(new URL('serve-main.ts', import.meta.url))
const loader = createRequire(import.meta.url).resolve('tsx')

/** Status of an answer that is read to its end. */
const status = (running: Running, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(`${running.baseUrl}${path}`, { ca: running.ca }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    }).once('error', reject)
  })

const refused = async (options: object, code: string) =>
  assert.rejects(serve({ ...quiet, listen: '127.0.0.1:0', ...options }), (error) => {
    assert.ok(error instanceof ServeError)
    return error.code === code
  })

describe('serve', () => {
  it('serves federation and clients under a certificate of its own, and tells what happens', async () => {
    const lines: string[] = []
    const listen = `${(await Addresses.detect()).next()}:0`
    const running = await serve({ ...quiet, listen, log: (entry) => lines.push(jsonLine(entry)) })
    try {
      assert.equal(await status(running, '/_matrix/key/v2/server'), 200)
      assert.equal(await status(running, '/_matrix/client/v3/sync?access_token=secret'), 401)
    } finally {
      await running.stop()
    }
    await running.ended

    const told = lines.map((line): Json => JSON.parse(line))
    assert.equal(told.length, 2)
    assert.match(lines[1] ?? '', /"path":"\/_matrix\/client\/v3\/sync","status":401/)
    assert.doesNotMatch(lines.join(), /secret/)
  })

  it('serves the same without TLS beside it', async () => {
    const clientListen = '127.0.0.1:0'
    const running = await serve({ ...quiet, listen: '127.0.0.1:0', clientListen, name: 'hs1' })
    try {
      for (const path of ['/_matrix/client/versions', '/_matrix/key/v2/server']) {
        const answer = await fetch(`${running.clientUrl}${path}`)
        assert.equal(answer.status, 200)
        const body = JSON.stringify(await answer.json())
        if (path.endsWith('server')) assert.match(body, /"server_name":"hs1"/)
      }
    } finally {
      await running.stop()
    }
    await assert.rejects(fetch(`${running.clientUrl}/_matrix/client/versions`))
  })

  it('refuses options that do not fit', async () => {
    for (const listen of ['', 'localhost:1', '127.0.0.1', '127.0.0.1:70000', '1.2.3.4.5:1']) {
      await refused({ listen }, 'listen')
    }
    for (const proxy of ['', 'http://127.0.0.1:1', 'proxy.example.org:1'])
      await refused({ proxy }, 'proxy')
    await refused({ quirk: 'no-such-quirk' }, 'quirk')
    await refused({ quirk: 'constructor' }, 'quirk')
    await refused({ ca: main }, 'tls')
    await refused({ name: 'no server name' }, 'name')
    await refused({ listen: '0.0.0.0:0' }, 'name')
    await refused({ clientListen: '8008' }, 'client-listen')
    await refused({ tlsCert: main }, 'tls')
    await refused({ tlsCert: main, tlsKey: main }, 'tls')
    await refused({ tlsCert: '/no/such/file', tlsKey: main, ca: main }, 'tls')
  })

  it('says when the address is taken', async () => {
    const running = await serve({ ...quiet, listen: '127.0.0.1:0' })
    try {
      const listen = running.baseUrl.replace('https://', '')
      await refused({ listen }, 'listen')
      await refused({ clientListen: listen }, 'client-listen')
    } finally {
      await running.stop()
    }
  })

  it('says in one line that it is ready, and goes with its parent', async () => {
    const flags = ['--listen', '127.0.0.1:0', '--name', 'x.test', '--die-with-parent']
    const child = spawn(process.execPath, ['--import', loader, main, ...flags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    assert.match(String(line), /^x\.test is ready at https:\/\/127\.0\.0\.1:\d+$/)

    child.stdin.end()

    assert.deepEqual(await exited, [0, null])
  })
})
