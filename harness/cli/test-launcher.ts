import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('./fedcheck.js', import.meta.url))

/** `fedcheck serve` as an outside launcher has it: a process of its own, told everything by flags. */
export class Launched {
  readonly child: ChildProcess
  /** What it wrote to standard error so far. */
  log = ''
  readonly #said: string[] = []
  #announce: () => void = () => {}

  private constructor(flags: readonly string[]) {
    this.child = spawn(process.execPath, [bin, 'serve', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.on('data', (chunk) => {
      this.log += String(chunk)
    })
    if (this.child.stdout === null) throw new TypeError('there is no standard output')
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.#said.push(line)
      this.#announce()
    })
  }

  /** Comes back when all `servers` have said that they are ready; throws with the log where it ends before. */
  static async start(flags: readonly string[], servers = 1): Promise<Launched> {
    const launched = new Launched(flags)
    const ready = new Promise<true>((resolve) => {
      launched.#announce = () => {
        if (launched.urls().length === servers) resolve(true)
      }
    })
    const ended = once(launched.child, 'close')
    if ((await Promise.race([ready, ended])) !== true)
      throw new Error(`it ended with ${launched.child.exitCode}: ${launched.log}`)
    return launched
  }

  /** Base URLs in the order of the names: with TLS, and without where there is one. */
  urls(): readonly (readonly string[])[] {
    return this.#said
      .filter((line) => line.includes(' is ready at '))
      .map((line) => line.match(/https?:\S+/g) ?? [])
  }

  /** Lines that are not about being ready. */
  get rest(): string {
    return this.#said.filter((line) => !line.includes(' is ready at ')).join('\n')
  }

  /** Comes back when its log holds such words. */
  async says(words: RegExp): Promise<void> {
    const { stderr } = this.child
    if (stderr === null) throw new TypeError('there is no standard error')
    while (!words.test(this.log)) await once(stderr, 'data')
  }

  /** Exit code, or the signal that ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const closed = once(this.child, 'close')
      this.child.kill(signal)
      await closed
    }
    return this.child.exitCode ?? this.child.signalCode
  }
}

const openssl = (...args: readonly string[]) =>
  execFileSync('openssl', [...args], { stdio: ['ignore', 'ignore', 'ignore'] })

/** Files of an authority and of a certificate by it for `name`, with RSA keys, as launchers make them. */
export function opensslFiles(
  folder: string,
  name: string,
): { ca: string; cert: string; key: string } {
  const file = (leaf: string) => join(folder, leaf)
  const rsa = ['-newkey', 'rsa:2048', '-nodes']
  const root = ['-x509', '-days', '1', '-subj', '/CN=launcher', '-keyout', file('ca.key')]
  openssl('req', ...root, ...rsa, '-out', file('ca.crt'))
  const leaf = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-keyout', file('tls.key')]
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`]
  openssl('req', '-x509', '-days', '1', ...rsa, ...leaf, ...names, '-out', file('tls.crt'))
  return { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') }
}

/** The JSON of an answer, which has to be 200; by POST where there is a body, if not told otherwise. */
export async function call(
  url: string,
  token?: string,
  body?: object,
  method = 'POST',
): Promise<Record<string, unknown>> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(url, {
    headers: authorization,
    ...(body === undefined ? {} : { method, body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.status} at ${url}: ${text}`)
  const json: Record<string, unknown> = JSON.parse(text)
  return json
}

/** Registers by m.login.dummy in one request; answers the access token. */
export async function registered(port: number, username: string): Promise<string> {
  const body = { auth: { type: 'm.login.dummy' }, username, password: 'secret' }
  const url = `http://127.0.0.1:${port}/_matrix/client/v3/register`
  return String((await call(url, undefined, body))['access_token'])
}

/** Comes back when what the user syncs holds the text; asks on until then. */
export async function seen(sync: string, token: string, text: string): Promise<void> {
  let since = ''
  for (;;) {
    const answer = await call(`${sync}?timeout=30000${since}`, token)
    if (JSON.stringify(answer).includes(text)) return
    since = `&since=${String(answer['next_batch'])}`
  }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports: number[] = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const bound = server.address()
    if (typeof bound === 'object' && bound !== null) ports.push(bound.port)
  }
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}
