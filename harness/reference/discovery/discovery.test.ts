import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { DiscoveryError } from './discovery-error.ts'
import { Internet } from './test-internet.ts'

const page = '/.well-known/matrix/server'
const record = (name: string, port: number, priority = 0, weight = 0) => ({
  name,
  port,
  priority,
  weight,
})

describe('discovery of servers', () => {
  let internet: Internet
  beforeEach(async () => {
    internet = await Internet.open()
  })
  afterEach(() => internet.close())

  it('asks nobody about IP literals and names with a port', async () => {
    const discovery = internet.discovery()
    const places = {
      '192.0.2.7': { host: '192.0.2.7', port: 8448 },
      '192.0.2.7:1': { host: '192.0.2.7', port: 1 },
      '[2001:db8::1]': { host: '2001:db8::1', port: 8448 },
      '[2001:db8::1]:65535': { host: '2001:db8::1', port: 65_535 },
      'a.test:443': { host: 'a.test', port: 443 },
    }
    for (const [name, place] of Object.entries(places))
      assert.deepEqual(await discovery.find(name), place)
    assert.deepEqual(internet.asked, [])
  })

  it('refuses what is no server name', async () => {
    const discovery = internet.discovery()
    for (const name of ['', 'a:b', 'a.test:0', 'a.test:65536', '[::1', '::1', '[1]'])
      await assert.rejects(discovery.find(name), { name: 'Unreachable', problem: 'name' }, name)
    assert.deepEqual(internet.asked, [])
  })

  const own = { hostHeader: 'a.test' }
  const delegated = { hostHeader: 'd.test' }
  const found: readonly (readonly [
    string,
    string | undefined,
    Record<string, readonly ReturnType<typeof record>[]>,
    object,
    readonly string[],
  ])[] = [
    [
      '3.1, with a port',
      '192.0.2.7:9',
      {},
      { host: '192.0.2.7', port: 9, hostHeader: '192.0.2.7:9' },
      [],
    ],
    [
      '3.1, IPv6',
      '[2001:db8::1]',
      {},
      { host: '2001:db8::1', port: 8448, hostHeader: '[2001:db8::1]' },
      [],
    ],
    ['3.2', 'd.test:9', {}, { host: 'd.test', port: 9, hostHeader: 'd.test:9' }, []],
    [
      '3.3',
      'd.test',
      { '_matrix-fed._tcp.d.test': [record('s.test', 9)] },
      { host: 's.test', port: 9, ...delegated },
      ['_matrix-fed._tcp.d.test'],
    ],
    [
      '3.4',
      'd.test',
      { '_matrix._tcp.d.test': [record('s.test', 9)] },
      { host: 's.test', port: 9, ...delegated },
      ['_matrix-fed._tcp.d.test', '_matrix._tcp.d.test'],
    ],
    [
      '3.5',
      'd.test',
      {},
      { host: 'd.test', port: 8448, ...delegated },
      ['_matrix-fed._tcp.d.test', '_matrix._tcp.d.test'],
    ],
    [
      '4',
      undefined,
      {
        '_matrix-fed._tcp.a.test': [record('s.test', 9)],
        '_matrix._tcp.a.test': [record('old.test', 1)],
      },
      { host: 's.test', port: 9, ...own },
      ['_matrix-fed._tcp.a.test'],
    ],
    [
      '5',
      undefined,
      { '_matrix._tcp.a.test': [record('s.test', 9)] },
      { host: 's.test', port: 9, ...own },
      ['_matrix-fed._tcp.a.test', '_matrix._tcp.a.test'],
    ],
    [
      '6',
      undefined,
      {},
      { host: 'a.test', port: 8448, ...own },
      ['_matrix-fed._tcp.a.test', '_matrix._tcp.a.test'],
    ],
  ]
  for (const [step, server, services, place, names] of found) {
    it(`takes step ${step}`, async () => {
      if (server !== undefined) await internet.delegates('a.test', server)
      for (const [name, records] of Object.entries(services)) internet.services.set(name, records)

      assert.deepEqual(await internet.discovery().find('a.test'), place)

      const pages = server === undefined ? [] : [`a.test${page}`]
      assert.deepEqual(internet.asked, [...pages, ...names.map((name) => `srv ${name}`)])
    })
  }

  const noUtf8 = ['no UTF-8', Buffer.from('{"m.server":"d.test","x":"\u{ff}"}', 'latin1')] as const
  const invalid: Readonly<Record<string, string>> = {
    'no JSON': 'm.server: d.test',
    'no object': '["d.test"]',
    'nothing of the kind': '{}',
    'no text': '{"m.server":{"d":"test"}}',
    'an address': '{"m.server":"https://d.test"}',
    'two names': '{"m.server":"d.test, e.test"}',
    'a port too high': '{"m.server":"d.test:65536"}',
    'nothing in it': '{"m.server":""}',
    'names that are there twice': '{"m.server":"d.test","m.server":"e.test"}',
    'a tower of brackets': '['.repeat(60_000),
    'more than it may': `{"m.server":"d.test","x":"${'x'.repeat(70_000)}"}`,
  }
  for (const [what, body] of [...Object.entries(invalid), noUtf8]) {
    it(`goes on without a delegation that is ${what}`, async () => {
      await internet.wellKnown('a.test', body)
      assert.deepEqual(await internet.discovery().find('a.test'), {
        host: 'a.test',
        port: 8448,
        ...own,
      })
      assert.match(internet.told.join(), /a\.test is served by itself/)
    })
  }

  it('takes a delegation whatever its content type', async () => {
    await internet.delegates('a.test', 'd.test:9', { 'content-type': 'text/html' })
    const { host } = await internet.discovery().find('a.test')
    assert.equal(host, 'd.test')
  })

  it('believes no page with another status, or under a certificate that is not good', async () => {
    const body = JSON.stringify({ 'm.server': 'evil.test:1' })
    for (const status of [201, 204, 400, 404, 500]) {
      await internet.site(`s${status}.test`, (_, response) => response.writeHead(status).end(body))
    }
    for (const flaw of ['other-name', 'unknown-authority', 'expired'] as const)
      await internet.site(`${flaw}.test`, (_, response) => response.end(body), flaw)
    for (const name of internet.addresses.keys()) {
      const { host } = await internet.discovery().find(name)
      assert.equal(host, name)
    }
  })

  it('follows redirects, also to other hosts', async () => {
    for (const [index, status] of [301, 302, 303, 307, 308].entries()) {
      const next = index === 4 ? '/there#part' : `https://h${index + 1}.test:${internet.port}/on`
      await internet.site(`h${index}.test`, (request, response) => {
        if (request.url === '/there') response.end('{"m.server":"d.test:9"}')
        else response.writeHead(status, { location: next }).end()
      })
    }
    const { host } = await internet.discovery().find('h0.test')
    assert.equal(host, 'd.test')
    const seen = [
      `h0.test${page}`,
      'h1.test/on',
      'h2.test/on',
      'h3.test/on',
      'h4.test/on',
      'h4.test/there',
    ]
    assert.deepEqual(internet.asked, seen)
  })

  it('follows no redirect in a circle, none without TLS, and not more than five', async () => {
    const redirect = (name: string, to: (url: string) => string) =>
      internet.site(name, ({ url = '' }, response) => {
        response.writeHead(302, { location: to(url) }).end()
      })
    await redirect('circle.test', () => page)
    await redirect('plain.test', () => 'http://a.test/')
    await redirect('data.test', () => 'data:application/json,{}')
    await redirect('nowhere.test', () => '')
    await redirect('long.test', (url) => `${url}x`)
    for (const name of internet.addresses.keys()) {
      const { host } = await internet.discovery().find(name)
      assert.equal(host, name)
    }
    const count = (name: string) => internet.asked.filter((one) => one.startsWith(name)).length
    assert.equal(count('circle.test'), 1)
    assert.equal(count('plain.test'), 1)
    assert.equal(count('long.test'), 6)
    assert.match(internet.told.join(), /in a circle.*no page by HTTPS.*more than 5 times/s)
  })

  it('does not wait for a host that says nothing, or little by little', async () => {
    await internet.site('silent.test', () => {})
    await internet.site('slow.test', (_, response) => {
      const timer = setInterval(() => response.write(' '), 10)
      response.once('close', () => clearInterval(timer))
    })
    await internet.site('flood.test', (_, response) => {
      const flood = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
        if (!response.destroyed) response.once('drain', flood)
      }
      flood()
    })
    await internet.site('hops.test', ({ url = '' }, response) => {
      setTimeout(() => response.writeHead(302, { location: `${url}x` }).end(), 60)
    })
    const discovery = internet.discovery({ pageMs: 100 })
    for (const name of ['silent.test', 'slow.test', 'flood.test', 'hops.test']) {
      const { port } = await discovery.find(name)
      assert.equal(port, 8448)
    }
    assert.ok(internet.asked.filter((one) => one.startsWith('hops.test')).length <= 2)
  })

  it('takes the word of a domain that has no such service', async () => {
    internet.services.set('_matrix-fed._tcp.a.test', [record('', 0)])
    await assert.rejects(internet.discovery().find('a.test'), { problem: 'not-offered' })
  })

  it('does without a name server that fails, is silent or talks nonsense', async () => {
    const name = '_matrix-fed._tcp.a.test'
    for (const answer of [
      Object.assign(new Error('queryTimeout'), { code: 'ETIMEOUT' }),
      [record('s.test', 0), record('not a host', 1), record('x'.repeat(300), 1)],
      [],
    ]) {
      internet.services.set(name, answer)
      assert.equal((await internet.discovery().find('a.test')).host, 'a.test')
    }
    internet.services.set(name, 'silence')
    const silent = internet.discovery({ srvMs: 20 })
    assert.equal((await silent.find('a.test')).host, 'a.test')
  })

  it('looks for names that are no host names, and dials none of them', async () => {
    for (const name of ['0x7f.1', '...', 'a..test', '-']) {
      await internet
        .discovery()
        .find(name)
        .catch((error: unknown) => assert.ok(error instanceof DiscoveryError))
    }
    assert.ok(
      internet.asked.every((one) => one.startsWith('srv ')),
      internet.asked.join(),
    )
  })

  it('asks for pages through a proxy, and then for no records', async () => {
    await internet.delegates('a.test', 'd.test')
    const proxy = await internet.proxy()
    const discovery = internet.discovery({}, { proxy: { ...proxy, covers: 'names' } })
    internet.addresses.clear()
    assert.deepEqual(await discovery.find('a.test'), {
      host: 'd.test',
      port: 8448,
      hostHeader: 'd.test',
    })
    assert.deepEqual(internet.asked, [`CONNECT a.test:${internet.port}`, `a.test${page}`])
  })
})
