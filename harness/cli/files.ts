import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Fact } from '../journal/exchange.ts'
import type { RunResult } from '../results/outcome.ts'
import { renderJson } from '../../reports/json.ts'
import { reporters } from '../../reports/report.ts'
import { UsageError } from './usage-error.ts'

/** Reads a run.json. Throws UsageError for what is none. */
export async function readRun(file: string): Promise<RunResult> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`there is no run to read: ${String(error)}`)
  }
  if (!isRun(value)) throw new UsageError(`${file} is not a run.json of this fedcheck`)
  return value
}

const isRun = (value: unknown): value is RunResult =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'format') === 'fedcheck.run/1'

/** Files that a run leaves in its folder. */
const ours = [
  'events.ndjson',
  'run.json',
  'run.json.unfinished',
  'report.html',
  'junit.xml',
  'ctrf.json',
  'report.tap',
  'target-1.log',
  'target-2.log',
]

/** Makes the folder of a report, and takes out what an earlier run has left there. Throws UsageError. */
export async function prepareOutput(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const name of ours) await rm(join(folder, name), { force: true })
  } catch (error) {
    throw new UsageError(`the report's folder cannot be used: ${String(error)}`)
  }
}

/** Keeps what is known of a run on disk while it goes on, so that even a killed run can be reported. */
export class Keeper {
  readonly #file: string
  #writing: Promise<void> | undefined

  constructor(folder: string) {
    this.#file = join(folder, 'run.json')
  }

  /** Left out while an earlier one is being written. A disk that is full shows up in the journal. */
  keep(result: RunResult): void {
    const unfinished = `${this.#file}.unfinished`
    this.#writing ??= writeFile(unfinished, renderJson(result))
      .then(() => rename(unfinished, this.#file))
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** Comes back when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#writing
  }
}

/** What became of the files of a report. */
export interface Written {
  readonly files: readonly string[]
  /** In words; a reporter that throws takes nothing from the others. */
  readonly problems: readonly string[]
}

/** Renders and writes every report. Never throws. */
export async function writeReports(
  folder: string,
  result: RunResult,
  facts: readonly Fact[],
): Promise<Written> {
  const files: string[] = []
  const problems: string[] = []
  for (const reporter of Object.values(reporters)) {
    try {
      for (const { path, content } of reporter.render(result, facts)) {
        const file = join(folder, path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, content)
        files.push(file)
      }
    } catch (error) {
      problems.push(`the report ${reporter.name} was not written: ${String(error)}`)
    }
  }
  return { files, problems }
}
