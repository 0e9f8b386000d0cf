import type { Ending } from '../journal/exchange.ts'

export type Failure = Exclude<Ending, 'answered'>

const timeouts = /TIMEOUT|^ETIMEDOUT$/
const unreachable = /^(ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_\w+)$/
/** A certificate that is not accepted, or an alert from the other side: nothing was said. */
const handshake = /^ERR_TLS_|^CERT_|SELF_SIGNED|^UNABLE_TO_|^ERR_SSL_\w*ALERT|HOSTNAME_MISMATCH/
const garbage =
  /^HPE_|^HTTPParserError$|^ERR_SSL_|^UND_ERR_(HEADERS_OVERFLOW|RES_EXCEEDED_MAX_SIZE|RES_CONTENT_LENGTH_MISMATCH)$/
const broken = /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_DESTROYED|UND_ERR_CLOSED)$/

/** What an error of the network or of undici means; undefined for an error of another kind, which is the harness's own. */
export function failureOf(error: Error): Failure | undefined {
  const code = codeOf(error)
  if (timeouts.test(code)) return 'timeout'
  if (unreachable.test(code) || handshake.test(code)) return 'refused'
  if (garbage.test(code)) return 'garbage'
  return broken.test(code) ? 'reset' : undefined
}

/** The error in words, with its code. */
export function wordsFor(error: Error): string {
  const code = codeOf(error)
  return error.message.includes(code) ? error.message : `${error.message} (${code})`
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
