import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Json, JsonObject } from '../../matrix/event.ts'
import { isObject } from '../../matrix/json.ts'
import type { Authority } from '../../wire/tls.ts'

const main = fileURLToPath(new URL('../serve-main.ts', import.meta.url))
const loader = createRequire(import.meta.url).resolve('tsx')

/** For tests: a reference in a process of its own, on data that outlasts it. */
export class TestProcess {
  readonly #folder: string
  readonly #address: string
  readonly #ca: string
  readonly #agent: Agent
  #child: ChildProcess | undefined
  #port = 0

  static async prepare(
    folder: string,
    address: string,
    authority: Authority,
  ): Promise<TestProcess> {
    const { certificate, privateKey } = await authority.issue([address])
    await writeFile(join(folder, 'cert.pem'), certificate)
    await writeFile(join(folder, 'key.pem'), privateKey, { mode: 0o600 })
    await writeFile(join(folder, 'ca.pem'), authority.certificate)
    return new TestProcess(folder, address, authority.certificate)
  }

  private constructor(folder: string, address: string, ca: string) {
    this.#folder = folder
    this.#address = address
    this.#ca = ca
    this.#agent = new Agent({ ca, keepAlive: true })
  }

  get name(): string {
    return `${this.#address}:${this.#port}`
  }

  /** Comes back when it is ready; always under the same name. */
  async start(): Promise<void> {
    const file = (name: string) => join(this.#folder, name)
    const flags = ['--listen', this.name, '--data', file('data'), '--die-with-parent']
    const tls = [
      '--tls-cert',
      file('cert.pem'),
      '--tls-key',
      file('key.pem'),
      '--ca',
      file('ca.pem'),
    ]
    const child = spawn(process.execPath, ['--import', loader, main, ...flags, ...tls], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    let log = ''
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4_000)
    })
    const lines = createInterface(child.stdout)
    const exited = once(child, 'exit').then(() => {
      throw new Error(`the server ended before it was ready: ${log}`)
    })
    exited.catch(() => undefined)
    const [line]: unknown[] = await Promise.race([once(lines, 'line'), exited])
    const port = /is ready at https:\/\/[0-9.]+:(\d+)/.exec(String(line))?.[1]
    assert.ok(port !== undefined, String(line))
    this.#port = Number(port)
  }

  /** At once, without any chance to write something down. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async end(): Promise<void> {
    await this.kill()
    this.#agent.destroy()
  }

  /** `path` below /_matrix/client/v3. Throws the system's error where there is no whole answer. */
  ask(
    method: string,
    path: string,
    token?: string,
    body?: Json,
  ): Promise<{ readonly status: number; readonly json: JsonObject }> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: this.#address,
        port: this.#port,
        ca: this.#ca,
        agent: this.#agent,
        method,
        path: `/_matrix/client/v3${path}`,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
      sent.once('error', reject)
      sent.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const json: Json = JSON.parse(Buffer.concat(chunks).toString())
          resolve({ status: response.statusCode ?? 0, json: isObject(json) ? json : {} })
        })
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  async good(...call: Parameters<TestProcess['ask']>): Promise<JsonObject> {
    const { status, json } = await this.ask(...call)
    assert.equal(status, 200, `${call[0]} ${call[1]}: ${JSON.stringify(json)}`)
    return json
  }
}
