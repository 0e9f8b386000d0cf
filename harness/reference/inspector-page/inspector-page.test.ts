import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Browser } from 'playwright-core'
import { type Running, serve } from '../serve.ts'
import type { LogEntry } from '../serving/log.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']
const executable = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((file) => existsSync(file))

const said = (value: unknown, key: string): string => {
  assert.ok(typeof value === 'object' && value !== null)
  return String(Reflect.get(value, key))
}

describe('the inspector page', () => {
  let server: Running
  let url = ''
  let token = ''
  const logged: LogEntry[] = []

  const client = async (path: string, body: object, method = 'POST'): Promise<unknown> => {
    const answer = await fetch(`${url}/_matrix/client/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    return answer.json()
  }
  const get = (path: string, method = 'GET') => fetch(`${url}/_fedcheck/${path}`, { method })

  beforeEach(async () => {
    logged.length = 0
    server = await serve({
      listen: '127.0.0.1:0',
      clientListen: '127.0.0.1:0',
      inspector: true,
      seed: 1,
      log: (entry) => logged.push(entry),
    })
    url = server.clientUrl ?? ''
    const auth = { type: 'm.login.dummy' }
    const account = { auth, username: 'alice', password: 'the password' }
    token = said(await client('/register', account), 'access_token')
  })
  afterEach(() => server.stop())

  it('is there where it was asked for, and asks for nothing elsewhere', async () => {
    const page = await get('')
    assert.equal(page.status, 200)
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(
      policy,
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self';/,
    )
    assert.match(policy, /frame-ancestors 'none'$/)
    assert.doesNotMatch(await page.text(), /https?:\/\/(?!www\.w3\.org)/)
    assert.equal((await get('', 'POST')).status, 405)
    assert.equal((await get('nothing')).status, 404)
    assert.equal((await get('room.json?id=!no')).status, 404)
    assert.equal((await get('overview.json')).headers.get('access-control-allow-origin'), null)

    const { port } = new URL(url)
    const asked = async (host: string): Promise<number | undefined> => {
      const ask = request({ port, path: '/_fedcheck/overview.json', headers: { host } }).end()
      const [answer] = await once(ask, 'response')
      answer.resume()
      return answer.statusCode
    }
    assert.equal(await asked(`localhost:${port}`), 200)
    assert.equal(await asked(`127.0.0.1.evil.test:${port}`), 403)

    const without = await serve({
      listen: '127.0.0.1:0',
      clientListen: '127.0.0.1:0',
      seed: 1,
      log: () => {},
    })
    assert.equal((await fetch(`${without.clientUrl}/_fedcheck/`)).status, 404)
    await without.stop()
    await assert.rejects(
      serve({ listen: '127.0.0.1:0', inspector: true, seed: 1, log: () => {} }),
      { code: 'inspector' },
    )
  })

  it('tells of rooms, queues and exchanges, within bounds, and nothing that is secret', async () => {
    const name = 'x'.repeat(5_000)
    const room = said(await client('/createRoom', { name, preset: 'public_chat' }), 'room_id')
    for (let count = 0; count < 120; count += 1)
      await client(
        `/rooms/${room}/send/m.room.message/${count}`,
        { body: 'y'.repeat(9_000), msgtype: 'm.text' },
        'PUT',
      )

    const overview = await (await get('overview.json')).text()
    const { rooms, clients, others } = JSON.parse(overview)
    assert.equal(rooms.length, 1)
    assert.equal(rooms[0].name.length, 100)
    assert.equal(rooms[0].members, 1)
    assert.equal(clients.length, 100)
    assert.deepEqual(others, [])

    const view = await (await get(`room.json?id=${encodeURIComponent(room)}`)).text()
    const { graph, state, events } = JSON.parse(view)
    assert.equal(events, rooms[0].events)
    assert.equal(graph.length, 80)
    assert.deepEqual(graph[0].parents, [graph[1].id])
    assert.equal(graph[0].isHead, true)
    assert.ok(graph[0].content.length < 2_100)
    assert.ok(state.some(({ type }: { type: string }) => type === 'm.room.create'))

    for (const text of [overview, view, JSON.stringify(logged)]) {
      assert.ok(!text.includes(token))
      assert.doesNotMatch(text, /the password/)
      // Looking at the page is no news on it.
      assert.doesNotMatch(text, /_fedcheck/)
    }
  })

  it('shows it live and as text in a browser', async function () {
    if (executable === undefined) this.skip()
    this.timeout(60_000)
    const { chromium } = await import('playwright-core')
    const browser: Browser = await chromium.launch({
      executablePath: executable,
      args: ['--no-sandbox'],
    })
    const complaints: string[] = []
    try {
      const page = await browser.newPage({ viewport: { width: 375, height: 800 } })
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(`${url}/_fedcheck/`)
      await page.getByText('none yet').first().waitFor()

      const name = '<img src=x onerror=alert(1)>\u202e'
      const room = said(await client('/createRoom', { name }), 'room_id')
      await page.getByRole('link', { name: '<img src=x onerror=alert(1)>\\u202e' }).click()
      await page.getByRole('heading', { name: '<img' }).waitFor()

      await client(`/rooms/${room}/send/org.example.news/1`, { body: 'fresh' }, 'PUT')
      await page.locator('#events button', { hasText: 'org.example.news' }).click()
      assert.match(await page.locator('dialog pre').innerText(), /"body": "fresh"/)
      await page.keyboard.press('Escape')
      assert.equal(await page.locator('#picture circle.head').count(), 1)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 375)

      await server.stop()
      await page.locator('#live.lost').waitFor()
      assert.deepEqual(
        complaints.filter((one) => !one.includes('ERR_CONNECTION_REFUSED')),
        [],
      )
    } finally {
      await browser.close()
    }
  })
})
