import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atMost, type Figure } from './rounds.ts'

const gibibyte = 2 ** 30

/** In a process of its own, once: memory does not depend on what else the machine does. */
export const memoryFigures = (): Figure[] => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    // Else nothing would make V8 collect before it has taken more.
    [
      '--max-old-space-size=1850',
      ...process.execArgv,
      fileURLToPath(new URL('million-events.ts', import.meta.url)),
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the history of a million events: ${stderr}`)
  const name = '1,000,000 events of 1 kB judged by the oracle, most memory of the process'
  return [atMost({ name, unit: 'GiB', value: Number(stdout) / gibibyte, limit: 2 })]
}
