import { spawnSync } from 'node:child_process'

/** Verifications per second of Ed25519 by `openssl speed`; a sentence where it cannot be had. */
export const opensslVerifyRate = (processes = 1): number | string => {
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
