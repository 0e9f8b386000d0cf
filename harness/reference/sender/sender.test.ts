import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Bench, text } from '../test-bench.ts'
import type { Answer } from '../../world/homeserver.ts'

const refusal = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: { errcode: 'M_UNKNOWN', error: 'not that' },
})

const choke = ({ body }: { readonly body: unknown }): Answer | undefined =>
  JSON.stringify(body).includes('poison') ? refusal(400) : undefined

describe('a sender', () => {
  it('waits as long as it is asked to, by seconds or by a date, even for who speaks up', () =>
    Bench.with(async (bench) => {
      const date = Math.floor(Date.now() / 1000) * 1000
      const later = { date: new Date(date), 'retry-after': new Date(date + 1_000) }
      const asDate = Object.fromEntries(
        Object.entries(later).map(([name, value]) => [name, value.toUTCString()]),
      )
      const waits = [refusal(429, { 'retry-after': '1' }), refusal(503, asDate)].map(
        async (answer) => {
          const [one, two] = await bench.two()
          const room = await one.createRoom()
          await two.join(room, one)
          let refused = 0
          const refuseOnce = () => {
            if (refused > 0) return undefined
            refused = performance.now()
            return answer
          }
          const [event] = await two.answering('send', refuseOnce, async () => {
            const asked = two.asked('send', one)
            const sent = await one.send(room, text('in time'))
            await asked
            await two.request(one, 'version')
            await two.sees(room, sent)
            return sent
          })
          assert.ok(event)
          return performance.now() - refused
        },
      )
      for (const wait of await Promise.all(waits)) assert.ok(wait > 950, `it waited ${wait} ms`)
    }))

  it('gives up what a server chokes on, and delivers the rest', () =>
    Bench.with(async (bench) => {
      const [one, two] = await bench.two({ limits: { retryFirstMs: 5, retryMaxMs: 20 } })
      const room = await one.createRoom()
      await two.join(room, one)
      const givenUp = new Promise<string>((resolve) => {
        bench.journal.subscribe((fact) => {
          if (fact.kind === 'note') resolve(fact.text)
        })
      })
      await two.answering('send', choke, async () => {
        const sent = await one.send(room, text('first'), text('poison'), text('third'))
        // What stands behind it comes through; that it is missing is a gap like any other.
        await two.sees(room, sent)
        const [, poison] = sent
        const [last] = await one.send(room, text('last'))
        await two.sees(room, [last])
        assert.match(await givenUp, new RegExp(`\\${poison} is given up`))
        assert.equal(one.server.services.sender.waiting, 0)
      })
    }))
})
