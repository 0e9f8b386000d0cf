import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { stringAt, valueAt } from '../../matrix/content.ts'
import type { Json } from '../../matrix/event.ts'
import { StoreError } from './store-error.ts'

/** Grows when an older program could not read, or would misread, what a newer one writes. */
const format = 2
const marker = 'fedcheck.json'
const kind = 'fedcheck reference homeserver'

/**
 * Opens the database in a data folder and makes the folder where there is none.
 * @throws StoreError
 */
export async function openFolder(directory: string): Promise<ClassicLevel> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(unusable)
  const entries = await readdir(directory).catch(unusable)
  if (entries.includes(marker)) await checkMarker(directory)
  else if (entries.length > 0)
    throw new StoreError('foreign', `${directory} is not empty and no data folder of this program`)
  else await writeMarker(directory)
  const location = join(directory, 'level')
  const createIfMissing = await isEmpty(location)
  // Blocks are read one event at a time, and unpacking a whole one for that costs more than the disk space is worth.
  const database = new ClassicLevel(location, { createIfMissing, compression: false })
  try {
    await database.open()
    return database
  } catch (error) {
    throw openingError(error, directory)
  }
}

/** Without this, a database whose list of files is lost would be taken for a new one. */
async function isEmpty(location: string): Promise<boolean> {
  const files = await readdir(location).catch((): string[] => [])
  if (files.length === 0) return true
  if (!files.includes('CURRENT'))
    throw new StoreError('damaged', `${location} lacks the file CURRENT`)
  return false
}

async function checkMarker(directory: string): Promise<void> {
  const text = await readFile(join(directory, marker), 'utf8').catch(unusable)
  let json: Json
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new StoreError('damaged', `${join(directory, marker)} is not JSON`, error)
  }
  if (stringAt(json, 'kind') !== kind)
    throw new StoreError('foreign', `${directory} is no data folder of this program`)
  const found = valueAt(json, 'format')
  if (found !== format)
    throw new StoreError(
      'version',
      `${directory} has format ${JSON.stringify(found)}; this program reads and writes format ${format}`,
    )
}

/** Whole or not at all. */
async function writeMarker(directory: string): Promise<void> {
  const draft = join(directory, `${marker}.new-${process.pid}`)
  await writeFile(draft, `${JSON.stringify({ kind, format })}\n`).catch(unusable)
  await rename(draft, join(directory, marker)).catch(unusable)
}

function unusable(error: unknown): never {
  throw new StoreError('unusable', textOf(error), error)
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function openingError(error: unknown, directory: string): StoreError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'LEVEL_LOCKED')
    return new StoreError('locked', `${directory} is in use by another process`, cause)
  const text = `${directory} cannot be opened: ${textOf(cause)}`
  const isDamaged =
    code === 'LEVEL_CORRUPTION' || /corrupt|missing|no such file/i.test(textOf(cause))
  return new StoreError(isDamaged ? 'damaged' : 'unusable', text, cause)
}
