import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as tcpConnect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, describe, it } from 'mocha'
import type { Exchange } from '../journal/exchange.ts'
import { Journal } from '../journal/journal.ts'
import { type Listener, type ListenOptions, listen, type OutboundReply } from './server.ts'
import { Bench, deferred } from './test-bench.ts'

const get = 'GET /_matrix/federation/v1/version HTTP/1.1\r\nhost: x\r\n\r\n'

const raw = ({ port }: Listener): Socket => tcpConnect(port, '127.0.0.1').on('error', () => {})

const dialled = async (listener: Listener, way: 'plain' | 'TLS'): Promise<Socket> => {
  if (way === 'plain') return raw(listener)
  const { certificate: ca } = await Bench.authority()
  const socket = tlsConnect({ host: '127.0.0.1', port: listener.port, ca })
  await once(
    socket.on('error', () => {}),
    'secureConnect',
  )
  return socket
}

const answers = async (listener: Listener, way: 'plain' | 'TLS') => {
  const socket = await dialled(listener, way)
  socket.write(get.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
  assert.match((await buffer(socket)).toString(), /^HTTP\/1.1 200 .*\{"it":"works"\}$/s)
}

/** Comes back when the socket is closed, in whatever way. */
const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.resume().once('close', () => resolve()))

for (const way of ['plain', 'TLS'] as const) {
  describe(`a listener (${way}) and who has too much time, or too much to say`, () => {
    const journal = new Journal()
    const listeners: Listener[] = []
    afterEach(() => Promise.all(listeners.splice(0).map((one) => one.close())))

    const start = async (
      limits: ListenOptions['limits'] = {},
      handle: () => Promise<OutboundReply> = async () => ({ status: 200, json: { it: 'works' } }),
    ): Promise<Listener> => {
      const authority = await Bench.authority()
      const listener = await listen({
        name: 'x',
        address: '127.0.0.1',
        journal,
        handle,
        limits,
        ...(way === 'TLS' && { credentials: await authority.issue(['127.0.0.1']) }),
        onError: (error) => assert.fail(String(error)),
      })
      listeners.push(listener)
      return listener
    }
    const exchange = (fits: (exchange: Exchange) => boolean): Promise<Exchange> =>
      new Promise((resolve) => {
        const leave = journal.subscribe((fact) => {
          if (fact.kind !== 'exchange' || !fits(fact)) return
          leave()
          resolve(fact)
        })
      })
    it('closes connections on which nothing is said', async () => {
      const listener = await start({ headersMs: 40 })
      const closed = [raw(listener), await dialled(listener, way)].map((socket) => gone(socket))
      await Promise.all(closed)
      await answers(listener, way)
    })

    it('closes connections after a request and a while', async () => {
      const listener = await start({ idleMs: 40 })
      const socket = await dialled(listener, way)
      socket.write(get)
      assert.match((await buffer(socket)).toString(), /^HTTP\/1.1 200 /)
    })

    it('does not wait for a header that comes letter by letter, nor for such a body', async () => {
      const listener = await start({ headersMs: 60, requestMs: 120 })
      for (const head of [
        'GET / HTTP/1.1\r\nx: ',
        'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n',
      ]) {
        const socket = await dialled(listener, way)
        socket.write(head)
        const dribble = setInterval(() => socket.write('y'), 5)
        const answer = (await buffer(socket)).toString()
        clearInterval(dribble)
        assert.match(answer, /^HTTP\/1.1 408 /)
      }
      await answers(listener, way)
    })

    it('cuts off who does not take the answer', async () => {
      const bytes = Buffer.alloc(48 * 1024 * 1024)
      const listener = await start({ replyMs: 80 }, async () => ({ status: 200, bytes }))
      const socket = await dialled(listener, way)
      socket.pause()
      const recorded = exchange(({ ending }) => ending !== 'answered')
      socket.write(get)
      const { ending, error } = await recorded
      assert.equal(ending, 'timeout')
      assert.match(error ?? '', /not taken within 80 ms/)
      socket.destroy()
    })

    it('cuts off who sends request after request and waits for none of the answers', async () => {
      let handled = 0
      const listener = await start({ pipelined: 4 }, () => {
        handled += 1
        return new Promise(() => {})
      })
      const socket = await dialled(listener, way)
      const recorded = exchange(({ ending }) => ending === 'timeout')
      socket.write(get.repeat(5_000))
      assert.match((await recorded).error ?? '', /more than 4 requests at once/)
      await gone(socket)
      assert.equal(handled, 4)
    })

    it('holds no more of all bodies together than it may', async () => {
      const begun = deferred()
      const gate = deferred()
      const listener = await start({ bodiesBytes: 100_000 }, async () => {
        begun.resolve()
        await gate.promise
        return { status: 200, json: { it: 'works' } }
      })
      const put = `PUT / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 60000\r\n\r\n`
      const ask = async (): Promise<string> => {
        const socket = await dialled(listener, way)
        socket.write(put + 'x'.repeat(60_000))
        return (await buffer(socket)).toString()
      }
      const first = ask()
      await begun.promise
      assert.match(await ask(), /^HTTP\/1.1 503 .*M_LIMIT_EXCEEDED/s)
      gate.resolve()
      for (const answer of [await first, await ask(), await ask()])
        assert.match(answer, /^HTTP\/1.1 200 /)
    })

    it('has no more connections than it may', async () => {
      const listener = await start({ connections: 2 })
      const first = await dialled(listener, way)
      const second = await dialled(listener, way)
      const third = raw(listener)
      await gone(third)
      for (const socket of [first, second]) {
        const closed = gone(socket)
        socket.destroy()
        await closed
      }
      await answers(listener, way)
    })

    it('outlives garbage of any kind', async () => {
      const listener = await start({ headersMs: 500 })
      const random = seeded(42)
      const text = [
        '\r\n',
        ' ',
        'GET',
        'PUT /',
        'HTTP/1.1',
        'content-length: ',
        'transfer-encoding: chunked',
        '-1',
        '\0',
        'é',
        ':',
        '\r\n\r\n',
        '99999999999999999999',
        'host: x',
      ]
      const piece = (): Buffer => {
        const kind = random() % 3
        if (kind === 0)
          return Buffer.from(Array.from({ length: random() % 300 }, () => random() % 256))
        if (kind === 1)
          return Buffer.from(
            Array.from({ length: random() % 30 }, () => text[random() % text.length]).join(''),
          )
        return Buffer.from(get.slice(0, random() % get.length))
      }
      for (let round = 0; round < 150; round += 1) {
        // Before and after a handshake, as far as there is one.
        const socket = round % 2 === 0 ? raw(listener) : await dialled(listener, way)
        const closed = gone(socket)
        for (let pieces = random() % 4; pieces >= 0; pieces -= 1) socket.write(piece())
        socket.end()
        await closed
      }
      await answers(listener, way)
    })
  })
}

/** Whole numbers from a seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state >> 8
  }
}
