import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onInterrupt } from '../cli/signals.ts'
import { installSynapse } from '../targets/install.ts'
import { run } from '../targets/python.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import { type Competitor, Contender, type Ground } from './contender.ts'
import { Postgres } from './postgres.ts'
import { type Figure, median } from './rounds.ts'
import { joinsOf } from './large-rooms.ts'
import { fansOutTo, ingests, merges, starting } from './stories.ts'
import type { Measured, Story } from './story.ts'

/** A story, and how often it is told to each; the median counts. */
type Programme = readonly (readonly [story: Story, times: number])[]

const small: Programme = [
  [starting, 5],
  [ingests, 1],
  [merges, 1],
  ...[1, 10, 100].map((servers) => [fansOutTo(servers), 1] as const),
  [joinsOf(1_000), 1],
]

const large: Programme = [[joinsOf(10_000), 1]]

export const serverFigures = () => besideSynapse(small)
export const largeRoomFigures = () => besideSynapse(large)

/** The reference as a process of its own beside Synapse: what the one takes is the limit of the other. */
async function* besideSynapse(programme: Programme): AsyncGenerator<Figure> {
  const interrupt = onInterrupt()
  const began = performance.now()
  const tell = (what: string) => {
    const seconds = Math.round((performance.now() - began) / 1000)
    process.stderr.write(`[${seconds} s] ${what}\n`)
  }
  const ground: Ground = {
    directory: await mkdtemp(join(tmpdir(), 'fedcheck-bench-')),
    authority: await createAuthority(),
    addresses: await Addresses.detect(),
    seed: 1,
    startTimeoutMs: 60_000,
    signal: interrupt.signal,
    tell,
  }
  let postgres: Postgres | undefined
  try {
    tell('making a build')
    const own = ours(ground.directory)
    const python = join(await installSynapse(tell), 'bin/python')
    postgres = await postgresFor(python, tell)
    const others = await synapses(postgres, ground)
    for (const [story, times] of programme) {
      const measured = await toldTo(own, story, { ground, times })
      for (const other of others)
        yield* figuresOf(measured, await toldTo(other, story, { ground, times }), other.name)
    }
  } finally {
    interrupt.ended()
    await postgres?.stop()
    await rm(ground.directory, { recursive: true, force: true })
  }
}

const buildMs = 300_000

/** What Synapse does too. */
const alike = '--partial-joins'

/** A build, as users have it, that keeps everything on disk. */
function ours(directory: string): Competitor {
  execFileSync('npm', ['run', '--silent', 'build'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: buildMs,
  })
  const flags = {
    name: 'SERVER_NAME',
    listen: 'ADDRESS:$FEDCHECK_PORT',
    'tls-cert': 'TLS_CERT',
    'tls-key': 'TLS_KEY',
    ca: 'CA',
    data: 'DIR/data',
  }
  const flagged = Object.entries(flags).map(([flag, value]) => `--${flag} "$FEDCHECK_${value}"`)
  // As the command of an installed package does.
  const main = pathToFileURL(resolve('dist/harness/cli/main.js')).href
  const script = join(directory, 'fedcheck.mjs')
  writeFileSync(script, `import('${main}').then((cli) => cli.main(process.argv.slice(2)))\n`)
  // With that variable every Node reads a whole bundle of authorities at its start, though the server trusts but the one.
  const command = `env -u NODE_EXTRA_CA_CERTS "${process.execPath}" ${script}`
  return {
    name: 'fedcheck',
    spec: `process:exec ${command} serve ${flagged.join(' ')} ${alike} --log quiet`,
  }
}

/** Undefined, and said so, where it is not there. */
async function postgresFor(
  python: string,
  tell: (what: string) => void,
): Promise<Postgres | undefined> {
  const postgres = await Postgres.start().catch((error: unknown) => tell(String(error)))
  if (postgres === undefined) {
    tell('there is no PostgreSQL that could be started: going on without it')
    return undefined
  }
  const driver = 'psycopg2-binary'
  const has = async () => (await run([python, '-c', 'import psycopg2'])).code === 0
  if (!(await has())) {
    tell(`installing ${driver} beside Synapse`)
    const bounds = ['--timeout', '15', '--retries', '1']
    await run([python, '-m', 'pip', 'install', '--quiet', '--no-input', ...bounds, driver])
  }
  if (await has()) return postgres
  tell(`${driver} cannot be installed: going on without PostgreSQL`)
  await postgres.stop()
  return undefined
}

const spec = 'synapse'

async function synapses(
  postgres: Postgres | undefined,
  ground: Ground,
): Promise<readonly Competitor[]> {
  const onSqlite = { name: 'Synapse with SQLite', spec }
  // The first start makes the tables, which no other has to.
  await Contender.startOnce(onSqlite, ground)
  if (postgres === undefined) return [onSqlite]
  let count = 0
  const database = async (name: string, template?: string) => {
    await postgres.create(name, template)
    return { synapseDatabase: postgres.settings(name) }
  }
  const name = 'Synapse with PostgreSQL'
  const template = 'template_synapse'
  const first = {
    name,
    spec,
    needs: () => database(template),
  }
  // It must hold no users, so nobody may register.
  await Contender.startOnce(first, ground)
  return [
    onSqlite,
    {
      name,
      spec,
      needs: () => {
        count += 1
        return database(`synapse_${count}`, template)
      },
    },
  ]
}

interface Telling {
  readonly ground: Ground
  readonly times: number
}

/** Medians of what came of it each time; nothing, and said so, where something failed. */
async function toldTo(
  competitor: Competitor,
  story: Story,
  { ground, times }: Telling,
): Promise<readonly Measured[]> {
  const all: (readonly Measured[])[] = []
  try {
    for (let round = 0; round < times; round += 1)
      all.push(await Contender.with(competitor, ground, story))
  } catch (error) {
    ground.signal.throwIfAborted()
    ground.tell(`FAILED: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
    return []
  }
  return (all[0] ?? []).map((first, index) => ({
    ...first,
    value: median(all.flatMap((one) => one[index]?.value ?? [])),
  }))
}

function figuresOf(
  measured: readonly Measured[],
  limits: readonly Measured[],
  other: string,
): readonly Figure[] {
  return measured.flatMap(({ name, unit, value }) => {
    const limit = limits.find((one) => one.name === name)?.value
    if (limit === undefined) return []
    const ratio = unit === '/s' ? value / limit : limit / value
    const target = unit === '/s' ? 100 : 20
    const met = ratio >= target
    return [{ name: `${name} (limit: ${other})`, value, unit, limit, ratio, target, met }]
  })
}
