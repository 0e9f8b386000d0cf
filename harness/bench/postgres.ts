import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { JsonObject } from '../matrix/event.ts'
import { ServerProcess } from '../targets/process.ts'

const run = promisify(execFile)

const user = 'fedcheck'
const startMs = 30_000
const commandMs = 60_000

/** A PostgreSQL of this process alone: its folder, its unix socket, nothing on the network; gone with this process. */
export class Postgres {
  readonly #folder: string
  readonly #as: readonly string[]
  readonly #bin: string
  readonly #server: ServerProcess

  /** Undefined where it is not installed. Throws where it does not start. */
  static async start(): Promise<Postgres | undefined> {
    const bin = programFolder()
    if (bin === undefined) return undefined
    const folder = await mkdtemp(join(tmpdir(), 'fedcheck-postgres-'))
    try {
      const owner = await ownerOf(folder)
      const data = join(folder, 'data')
      const [initdb = '', ...flags] = [...owner, join(bin, 'initdb')].concat(
        '-D',
        data,
        '-U',
        user,
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--locale',
        'C',
      )
      await run(initdb, flags, { timeout: commandMs, cwd: folder })
      const server = ServerProcess.launch({
        command: [...owner, join(bin, 'postgres'), '-D', data, '-k', folder, '-h', ''],
        directory: folder,
        logFile: join(folder, 'postgres.log'),
      })
      const postgres = new Postgres({ folder, owner, bin, server })
      await postgres.#untilReady()
      return postgres
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(setup: {
    folder: string
    owner: readonly string[]
    bin: string
    server: ServerProcess
  }) {
    this.#folder = setup.folder
    this.#as = setup.owner
    this.#bin = setup.bin
    this.#server = setup.server
  }

  /** Makes a database, as a copy of `template` where one is named. */
  async create(name: string, template = 'template0'): Promise<void> {
    const flags = ['-T', template, '-E', 'UTF8', '--locale', 'C', name]
    await this.#run('createdb', ['-h', this.#folder, '-U', user, ...flags])
  }

  /** Of a database, as Synapse wants them. */
  settings(name: string): JsonObject {
    return {
      name: 'psycopg2',
      args: { user, database: name, host: this.#folder, cp_min: 5, cp_max: 10 },
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #untilReady(): Promise<void> {
    const end = performance.now() + startMs
    for (;;) {
      try {
        await this.#run('pg_isready', ['-q', '-h', this.#folder, '-U', user])
        return
      } catch {
        if (!this.#server.alive() || performance.now() > end) break
        await delay(50)
      }
    }
    const tail = this.#server.logTail()
    await this.#server.stop()
    throw new Error(`PostgreSQL did not start: ${tail}`)
  }

  async #run(program: string, flags: readonly string[]): Promise<void> {
    const [first = '', ...rest] = [...this.#as, join(this.#bin, program), ...flags]
    await run(first, rest, { timeout: commandMs, cwd: this.#folder })
  }
}

const programs = ['initdb', 'postgres', 'pg_isready', 'createdb']

/** On the PATH, or where Debian has it, the newest version. */
function programFolder(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(debian, version, 'bin')),
  ]
  return folders.find((folder) => programs.every((name) => existsSync(join(folder, name))))
}

/** It refuses to run as root: gives the folder to somebody else then, and answers what runs a command as that one. */
async function ownerOf(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(
      () => undefined,
    )
    const [uid, gid] = ids?.map(({ stdout }) => Number(stdout)) ?? []
    if (uid === undefined || gid === undefined) continue
    await chown(folder, uid, gid)
    return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  }
  throw new Error('there is no user that PostgreSQL could run as')
}
