import { spawnSync } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { documentFigures } from './documents.ts'
import { joinFigures } from './joins.ts'
import { memoryFigures } from './memory.ts'
import { resolutionFigures } from './resolution.ts'
import { referenceFigures } from './reference.ts'
import type { Figure } from './rounds.ts'
import { largeRoomFigures, serverFigures } from './servers.ts'
import { signatureFigures } from './signatures.ts'

type Figures = Iterable<Figure> | AsyncIterable<Figure>

const parts: Readonly<Record<string, () => Figures | Promise<Figures>>> = {
  signatures: signatureFigures,
  documents: documentFigures,
  joins: joinFigures,
  resolution: resolutionFigures,
  memory: memoryFigures,
  reference: referenceFigures,
}

/** These take minutes, and a Synapse, which they install: only where they are asked for. */
const onRequest: Readonly<Record<string, () => Figures>> = {
  servers: serverFigures,
  'large-rooms': largeRoomFigures,
}

const usage = `npm run bench [-- [--json] [${Object.keys({ ...parts, ...onRequest }).join('] [')}]]`

const rounded = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 4 })

const line = ({ name, value, unit, limit, ratio, target, met }: Figure): string =>
  `${met ? '✓' : '✗'} ${name}: ${rounded(value)} ${unit}, limit ${rounded(limit)}, ratio ${ratio.toFixed(2)} of ${rounded(target)}\n`

/** Each when it is known. */
const print = async (figures: Figures, asJson: boolean): Promise<void> => {
  for await (const figure of figures)
    process.stdout.write(asJson ? `${JSON.stringify(figure)}\n` : line(figure))
}

/** Prints figures beside their limits; the ratios are what counts, and on a busy machine even they are rough. */
const main = async (args: readonly string[]): Promise<number> => {
  const asked = args.filter((arg) => arg !== '--json')
  if (asked.some((name) => !Object.hasOwn(parts, name) && !Object.hasOwn(onRequest, name))) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  const chosen = asked.length === 0 ? parts : { ...parts, ...onRequest }
  for (const [name, figuresOf] of Object.entries(chosen))
    if (asked.length === 0 || asked.includes(name))
      await print(await figuresOf(), args.includes('--json'))
  const [load = 0] = loadavg()
  if (load > availableParallelism() + 1)
    process.stderr.write(`the machine is busy (load ${load.toFixed(1)}): take these as rough\n`)
  return Number(process.exitCode ?? 0)
}

/** A run that was given up has said so already. What was just being started is ended by the end of this process. */
const endingOf = (error: unknown): never => {
  if (error instanceof Error && error.name === 'AbortError') process.exit(130)
  throw error
}

/** Node verifies on four threads unless told otherwise, which has to happen before it starts. */
const threads = String(Math.max(4, availableParallelism()))
const again = process.env['UV_THREADPOOL_SIZE'] === undefined && threads !== '4'
process.exitCode = again
  ? (spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: threads },
      stdio: 'inherit',
    }).status ?? 1)
  : await main(process.argv.slice(2)).catch(endingOf)
