import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Authority,
  authorityFrom,
  createLastingAuthority,
  type Credentials,
} from '../../wire/tls.ts'
import { ServeError } from './serve-error.ts'

export interface KeptAuthority {
  readonly authority: Authority
  /** Writes it into the folder, which has to be there, if it is new: for whom only its owner can read. */
  keep(): Promise<void>
}

/** The authority that an earlier run has kept in a data folder, so that who trusted it still can; else a new one. Throws ServeError. */
export async function keptAuthority(directory: string): Promise<KeptAuthority> {
  const file = join(directory, 'authority.pem')
  const known = await readKept(file)
  if (known !== undefined) {
    const damaged = (error: unknown) => {
      throw new ServeError('tls', `${file} cannot be used: ${String(error)}`, error)
    }
    return { authority: await authorityFrom(known).catch(damaged), keep: async () => {} }
  }
  const created = await createLastingAuthority()
  const text = created.certificate + created.privateKey
  return {
    authority: await authorityFrom(created),
    keep: () => writeFile(file, text, { mode: 0o600, flag: 'wx' }),
  }
}

async function readKept(file: string): Promise<Credentials | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    // Where the folder is a file, the store says so.
    const absent = ['ENOENT', 'ENOTDIR']
    if (error instanceof Error && 'code' in error && absent.includes(String(error.code)))
      return undefined
    throw new ServeError('tls', `${file} cannot be read: ${String(error)}`, error)
  }
  const part = (kind: string) =>
    new RegExp(`-----BEGIN ${kind}-----[^-]*-----END ${kind}-----`).exec(text)?.[0] ?? ''
  return { certificate: part('CERTIFICATE'), privateKey: part('PRIVATE KEY') }
}
