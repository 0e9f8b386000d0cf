import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readJournal } from '../journal/journal.ts'
import { readRun, writeReports } from './files.ts'
import { UsageError } from './usage-error.ts'

export interface ReportFlags {
  readonly output?: string
}

/** `fedcheck report`: makes the reports of a run again. Answers 4 where one could not be made. */
export async function reportCommand(source: string, flags: ReportFlags): Promise<0 | 4> {
  const file = await runFile(source)
  const result = await readRun(file)
  const events = join(dirname(file), 'events.ndjson')
  const facts = existsSync(events) ? await readJournal(events) : []
  const folder = resolve(flags.output ?? dirname(file))
  await mkdir(folder, { recursive: true })
  const { files, problems } = await writeReports(folder, result, facts)
  for (const each of files) process.stdout.write(`${each}\n`)
  for (const each of problems) process.stderr.write(`${each}\n`)
  return problems.length === 0 ? 0 : 4
}

async function runFile(source: string): Promise<string> {
  try {
    return (await stat(source)).isDirectory() ? join(source, 'run.json') : source
  } catch (error) {
    throw new UsageError(`there is no run to read: ${String(error)}`)
  }
}
