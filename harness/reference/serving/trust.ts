import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, rootCertificates } from 'node:tls'
import type { Authority, Credentials } from '../../wire/tls.ts'
import { partsOf } from '../../wire/destination.ts'
import { type Endpoint, isEverywhere } from './endpoint.ts'
import { ServeError } from './serve-error.ts'

export interface TrustOptions {
  /** PEM files: certificate (RSA or EC), perhaps with those above it, and its key. Both or none; with none, the authority issues one. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** PEM file of authorities to trust, one or more. */
  readonly ca?: string
  /** Trusts the authorities that come with Node too; they alone where a certificate is given and no authority. */
  readonly systemRoots?: boolean
  /** Issues the certificate where none is given, and is trusted then; absent: a new one. */
  readonly authority?: Authority
}

export interface Trust {
  readonly credentials: Credentials
  /** PEM of whom the server trusts. */
  readonly ca: string
  /** PEM of who issued its certificate, where none was given. */
  readonly issuer?: string
}

/** Reads and checks the files. Throws ServeError `tls`. */
export async function trustOf(
  options: TrustOptions,
  name: string | undefined,
  listen: Endpoint,
): Promise<Trust> {
  const given = await givenCredentials(options)
  const authority = given === undefined ? (options.authority ?? (await newAuthority())) : undefined
  const issuer = authority?.certificate
  const ca = options.ca === undefined ? [] : [await authoritiesIn(options.ca)]
  if (issuer !== undefined) ca.push(issuer)
  if (options.systemRoots === true || ca.length === 0) ca.push(...rootCertificates)
  const credentials = given ?? (await authority?.issue(namesFor(name, listen)))
  if (credentials === undefined) throw new TypeError('nobody to issue a certificate')
  return { credentials, ca: ca.join('\n'), ...(issuer === undefined ? {} : { issuer }) }
}

/** What makes certificates takes long to load, and who brings one does without. */
const newAuthority = async (): Promise<Authority> =>
  (await import('../../wire/tls.ts')).createAuthority()

/** Under what names a server is dialled. */
function namesFor(name: string | undefined, listen: Endpoint): readonly string[] {
  const names = new Set<string>()
  const host = name === undefined ? undefined : partsOf(name)?.host
  if (host !== undefined) names.add(host)
  if (!isEverywhere(listen)) names.add(listen.address)
  if (isEverywhere(listen) || listen.address.startsWith('127.') || listen.address === '::1')
    for (const local of ['localhost', '127.0.0.1', '::1']) names.add(local)
  return [...names]
}

async function givenCredentials(options: TrustOptions): Promise<Credentials | undefined> {
  const { tlsCert, tlsKey } = options
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new ServeError('tls', '--tls-cert and --tls-key are needed together')
  const certificate = await pem(tlsCert)
  const privateKey = await pem(tlsKey)
  try {
    createSecureContext({ cert: certificate, key: privateKey, ca: [] })
  } catch (error) {
    throw new ServeError(
      'tls',
      `${tlsCert} and ${tlsKey} are no certificate with its key: ${wordsOf(error)}`,
    )
  }
  return { certificate, privateKey }
}

async function authoritiesIn(file: string): Promise<string> {
  const text = await pem(file)
  const blocks =
    text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END [^-]*-----/g) ?? []
  if (blocks.length === 0) throw new ServeError('tls', `--ca ${file} holds no certificate`)
  try {
    return blocks.map((block) => new X509Certificate(block).toString()).join('')
  } catch (error) {
    throw new ServeError('tls', `--ca ${file} holds a broken certificate: ${wordsOf(error)}`)
  }
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ServeError('tls', `cannot read a PEM file: ${wordsOf(error)}`)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
