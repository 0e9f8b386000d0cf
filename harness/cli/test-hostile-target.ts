import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as ask } from 'node:https'
import { argv, env } from 'node:process'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Journal } from '../journal/journal.ts'
import { clientApi } from '../reference/client-api/client-api.ts'
import { ReferenceServer } from '../reference/homeserver.ts'
import { signRequest } from '../wire/x-matrix.ts'

/**
 * A command for `--target` that starts a reference homeserver behind a front. What has `deed-NAME` in its path is answered
 * in that way, and so is every request of which `METHOD PATH` matches `pattern` by `deed`. A request with `?sends=NAME&to=SERVER`
 * makes the target send that to SERVER; the answer says what came of it.
 */
export function hostileTarget(deed = 'none', pattern = '^$'): string {
  const words = [fileURLToPath(import.meta.url), deed, pattern].map((word) => `'${word}'`)
  return `process:exec node --import tsx ${words.join(' ')}`
}

const MiB = 1024 * 1024
const blank = Buffer.alloc(MiB, ' ')

function* blanks(count: number): Generator<Buffer> {
  for (let sent = 0; sent < count; sent += 1) yield blank
}

const whole = (text: string, encoding?: 'latin1') => Readable.from([Buffer.from(text, encoding)])

/** What is no good as a body, in either direction. */
const bodies = {
  gib: () => Readable.from(blanks(1024)),
  endless: () => Readable.from(blanks(Number.POSITIVE_INFINITY)),
  deep: () => whole('['.repeat(100_000) + ']'.repeat(100_000)),
  wide: () => whole(`[${'{},'.repeat(4 * MiB)}{}]`),
  utf8: () => whole('{"server":"\xff\xfe"}', 'latin1'),
  empty: () => Readable.from([]),
} as const

type Deed = (request: IncomingMessage, response: ServerResponse) => void

const json = { 'content-type': 'application/json' }
const page = { 'content-type': 'text/html' }

const says =
  (status: number, headers: Readonly<Record<string, string>>, body: () => Readable): Deed =>
  (_, response) =>
    void body().pipe(response.writeHead(status, headers))

/** What is done to requests. */
const deeds: Readonly<Record<string, Deed>> = {
  ...Object.fromEntries(
    Object.entries(bodies).map(([name, body]) => [name, says(200, json, body)]),
  ),
  header: says(200, { ...json, 'x-long': 'y'.repeat(MiB) }, () => whole('{}')),
  html: says(200, page, () => whole('<h1>Hello</h1>')),
  redirect: says(302, { location: 'https://127.0.0.1:9/' }, bodies.empty),
  garbage: (_, response) => void response.socket?.end('EHLO there\r\n\r\n'),
  hang: () => undefined,
  half: (_, response) =>
    response
      .writeHead(200, { ...json, 'content-length': 100 })
      .write('{"server":', () => response.socket?.destroySoon()),
  drip: (_, response) => {
    response.writeHead(200, json)
    const timer = setInterval(() => response.write(' '), 500)
    response.once('close', () => clearInterval(timer))
  },
  null: says(200, json, () => whole('null')),
  none: (request, response) => forward(request, response),
}

const agent = new Agent({ rejectUnauthorized: false, keepAlive: true })
let inner: ReferenceServer

/** On to the reference, and back. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url: path } = request
  const onward = ask(
    { host: inner.address, port: inner.port, path, agent, method, headers },
    (answer) => void answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)),
  )
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

const pdu = { type: 'm.room.message', sender: '@a:b', room_id: '!a:b' }
const transaction = (...pdus: readonly object[]) =>
  JSON.stringify({ origin: inner.name, origin_server_ts: Date.now(), pdus })

/** Transactions that are signed as they have to be. */
const transactions: Readonly<Record<string, () => string>> = {
  large: () => transaction({ ...pdu, content: { body: 'y'.repeat(10 * MiB) } }),
  many: () => transaction(...Array.from({ length: 10_000 }, () => pdu)),
}

/** PUT /send of that kind; answers the status that came of it, or what went wrong. */
function send(name: string, destination: string): Promise<string> {
  const path = `/_matrix/federation/v1/send/${name}`
  const text = transactions[name]?.()
  const authorization = signRequest({
    destination,
    method: 'PUT',
    uri: path,
    origin: inner.name,
    key: inner.key,
    ...(text === undefined ? {} : { content: JSON.parse(text) }),
  })
  const long = name === 'header' ? { 'x-long': 'y'.repeat(MiB) } : {}
  const body = Object.entries(bodies).find(([each]) => each === name)?.[1] ?? bodies.empty
  const [host, port] = destination.split(':')
  return new Promise((resolve) => {
    const place = { host, port, path, localAddress: inner.address, rejectUnauthorized: false }
    const headers = { ...json, ...long, authorization }
    const going = ask({ ...place, method: 'PUT', headers }, (answer) => {
      answer.resume().once('close', () => resolve(String(answer.statusCode)))
    })
    going.once('error', (error) => resolve(error.message))
    void (text === undefined ? body() : whole(text)).pipe(going)
  })
}

const at = (name: string) => env[`FEDCHECK_${name}`] ?? ''

async function serve(deed: string, pattern: RegExp): Promise<void> {
  const pem = (name: string) => readFileSync(at(name), 'utf8')
  const credentials = { certificate: pem('TLS_CERT'), privateKey: pem('TLS_KEY') }
  inner = await ReferenceServer.start({
    address: at('ADDRESS'),
    name: at('SERVER_NAME'),
    credentials,
    ca: pem('CA'),
    journal: new Journal(),
    seed: 1,
    clientApi,
  })
  const { certificate: cert, privateKey: key } = credentials
  const front = createServer({ cert, key }, (request, response) => {
    response.on('error', () => undefined)
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://front')
    const usual = pattern.test(`${request.method} ${pathname}`) ? deed : 'none'
    const sends = searchParams.get('sends')
    if (sends === null)
      return deeds[/deed-(\w+)/.exec(request.url ?? '')?.[1] ?? usual]?.(request, response)
    void send(sends, searchParams.get('to') ?? '').then((said) => {
      response.writeHead(200, json).end(JSON.stringify({ said }))
    })
  })
  front.listen(Number(at('PORT')), at('ADDRESS'))
}

if (argv[1] === fileURLToPath(import.meta.url))
  await serve(argv[2] ?? '', new RegExp(argv[3] ?? '^$'))
