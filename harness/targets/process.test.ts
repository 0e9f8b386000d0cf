import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { ServerProcess } from './process.ts'

/** Connects to the port in its argument, once itself and once as a child, and ignores what would end it. */
const stubborn = `
process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {})
require('node:net').connect(Number(process.argv[1]), '127.0.0.1').on('error', () => {})
if (!process.argv[2]) require('node:child_process').spawn(
  process.execPath, ['-e', process.env.STUBBORN, process.argv[1], 'child'], { stdio: 'inherit' })
setInterval(() => {}, 1000)`

describe('ServerProcess', () => {
  let folder: string
  let ear: Server
  let port: string
  let calls: Socket[]

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fedcheck-process-'))
  })
  after(() => rm(folder, { recursive: true }))

  beforeEach(async () => {
    calls = []
    ear = createServer((socket) => calls.push(socket.on('error', () => undefined)))
    ear.listen(0, '127.0.0.1')
    await once(ear, 'listening')
    const bound = ear.address()
    port = String(bound !== null && typeof bound === 'object' ? bound.port : 0)
  })
  afterEach(() => ear.close())

  const launch = (command: readonly string[]) =>
    ServerProcess.launch({
      command,
      environment: { STUBBORN: stubborn },
      logFile: join(folder, 'log'),
    })

  /** Resolves when so many processes have called, and answers how to wait until all of them are gone. */
  const connected = async (count: number): Promise<() => Promise<unknown>> => {
    while (calls.length < count) await once(ear, 'connection')
    const gone = calls.map(
      (socket) => new Promise((resolve) => socket.resume().on('close', resolve)),
    )
    return () => Promise.all(gone)
  }

  it('tells the exit code and keeps the last lines', async () => {
    const server = launch(['sh', '-c', 'echo first; echo last >&2; exit 7'])

    assert.equal(await server.exited, 'exited with code 7')
    assert.equal(server.alive(), false)
    assert.deepEqual(server.logTail().split('\n').toSorted(), ['first', 'last'])
    assert.match(await readFile(join(folder, 'log'), 'utf8'), /first\n/)
    await server.stop()
  })

  it('says so when the program does not exist', async () => {
    const server = launch(['/no/such/program'])

    assert.equal(await server.exited, 'exited with code 127')
    assert.match(server.logTail(), /no\/such\/program/)
  })

  it('ends a server that honours SIGTERM', async () => {
    const server = launch(['sleep', '1000'])

    await server.stop()

    assert.equal(await server.exited, 'was killed by SIGTERM')
  })

  it('ends a server that ignores SIGTERM, together with its children', async () => {
    const server = launch([process.execPath, '-e', stubborn, port])
    const gone = await connected(2)

    await server.stop(50)

    assert.equal(await server.exited, 'was killed by SIGKILL')
    await gone()
  })

  it('ends the children of a server that has exited by itself', async () => {
    const leave = `require('node:child_process').spawn(process.execPath,
      ['-e', process.env.STUBBORN, process.argv[1], 'child'], { stdio: 'ignore' })
      require('node:net').connect(Number(process.argv[1]), '127.0.0.1').on('data', () => process.exit(0))`
    const server = launch([process.execPath, '-e', leave, port])
    const gone = await connected(2)

    for (const socket of calls) socket.write('go')

    assert.equal(await server.exited, 'exited with code 0')
    await gone()
  })

  it('leaves no orphan when the harness is killed by SIGKILL', async () => {
    const module = new URL('process.ts', import.meta.url).href
    const harness = `import { ServerProcess } from ${JSON.stringify(module)}
      ServerProcess.launch({ command: [process.execPath, '-e', process.env.STUBBORN, ${JSON.stringify(port)}],
        logFile: ${JSON.stringify(join(folder, 'orphan'))} })`
    const child = spawn(
      process.execPath,
      [
        '--import',
        createRequire(import.meta.url).resolve('tsx'),
        '--input-type=module',
        '-e',
        harness,
      ],
      { env: { ...process.env, STUBBORN: stubborn }, stdio: 'inherit' },
    )
    const gone = await connected(2)

    child.kill('SIGKILL')

    await gone()
  })

  it('keeps memory bounded for a server that writes without end', async () => {
    const server = launch([
      'sh',
      '-c',
      'head -c 3000000 /dev/zero | tr "\\\\0" x; echo; yes | head -1000',
    ])

    assert.equal(await server.exited, 'exited with code 0')
    assert.equal(server.logTail(), Array(20).fill('y').join('\n'))
  })
})
