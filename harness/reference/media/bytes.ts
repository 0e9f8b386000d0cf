import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the bytes of media are kept, by the hash that names them (URL-safe base64 of SHA-256). */
export interface Bytes {
  /** Comes back when they would survive a crash. */
  put(hash: string, bytes: Uint8Array): Promise<void>
  get(hash: string): Promise<Uint8Array | undefined>
}

export class MemoryBytes implements Bytes {
  readonly #all = new Map<string, Uint8Array>()

  put(hash: string, bytes: Uint8Array): Promise<void> {
    this.#all.set(hash, bytes)
    return Promise.resolve()
  }

  get(hash: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#all.get(hash))
  }
}

/** One file for each, whole or absent whenever the process dies. */
export class FolderBytes implements Bytes {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async put(hash: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const unfinished = join(this.#directory, `${hash}.${randomBytes(6).toString('hex')}`)
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, join(this.#directory, hash))
    const folder = await open(this.#directory)
    // The name is part of what has to survive.
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#directory, hash))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
}
