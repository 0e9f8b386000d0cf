import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { rateOf } from './rounds.ts'

/** Verifications per second of Ed25519 by `openssl speed`; a sentence where it cannot be had. */
const opensslVerifyRate = (processes = 1): number | string => {
  const parallel = processes > 1 ? ['-elapsed', '-multi', String(processes)] : []
  const { error, stdout, stderr } = spawnSync(
    'openssl',
    ['speed', '-seconds', '1', ...parallel, 'ed25519'],
    { encoding: 'utf8' },
  )
  if (error !== undefined) return `openssl cannot be run (${error.message})`
  const rate = /EdDSA \(Ed25519\).*\s(?<verify>[\d.]+)\s*$/m.exec(stdout)?.groups?.['verify']
  return rate === undefined
    ? `openssl speed knows no ed25519 (${stderr.trim().split('\n').at(-1)})`
    : Number(rate)
}

/** How many signatures could be verified per second at best. */
export interface VerifyLimits {
  readonly one: () => number
  readonly all: () => number
  readonly by: string
}

/** One core's and all cores' limit: by openssl, or by Node's own verification where there is none. */
export function verifyLimits(): VerifyLimits {
  const cores = availableParallelism()
  const rate = opensslVerifyRate()
  if (typeof rate === 'string') {
    process.stderr.write(`${rate}: the limit is Node's own crypto.verify instead\n`)
    return { one: nodeVerifyRate, all: () => cores * nodeVerifyRate(), by: 'crypto.verify' }
  }
  return {
    one: () => Number(opensslVerifyRate()),
    all: () => Number(opensslVerifyRate(cores)),
    by: 'openssl',
  }
}

/** Of messages as short as those of `openssl speed`. */
function nodeVerifyRate(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const message = Buffer.alloc(20)
  const signature = sign(null, message, privateKey)
  return rateOf(() => void verify(null, message, publicKey, signature), 20, 1)
}
