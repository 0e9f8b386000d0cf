import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** Leaf certificate followed by its authority's, and the leaf's private key (PKCS #8), both PEM. */
export interface Credentials {
  readonly certificate: string
  readonly privateKey: string
}

/** What can be wrong with a certificate on purpose. */
export type Flaw = 'other-name' | 'unknown-authority' | 'expired'

/** A certificate authority for one run; its key never leaves the process. */
export interface Authority {
  /** PEM. */
  readonly certificate: string
  /** `names`: IP addresses and DNS names, without ports. P-256, valid from a day ago for a month. */
  issue(names: readonly string[], flaw?: Flaw): Promise<Credentials>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 24 * 60 * 60 * 1000

cryptoProvider.set(webcrypto)

/** A fresh authority on P-256. */
export async function createAuthority(): Promise<Authority> {
  const keys = await generateKeys()
  const name = `CN=fedcheck ${randomBytes(4).toString('hex')}`
  const root = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    serialNumber: serial(),
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificate: root.toString('pem'),
    async issue(names, flaw) {
      if (flaw === 'unknown-authority') return (await createAuthority()).issue(names)
      return issueLeaf(
        { root, signingKey: keys.privateKey },
        flaw === 'other-name' ? ['other.invalid'] : names,
        flaw === 'expired' ? -day : 0,
      )
    },
  }
}

interface Issuer {
  readonly root: X509Certificate
  readonly signingKey: webcrypto.CryptoKey
}

/** `shift`: milliseconds by which the end of validity is moved from now; 0 for the usual month. */
async function issueLeaf(
  { root, signingKey }: Issuer,
  names: readonly string[],
  shift: number,
): Promise<Credentials> {
  const keys = await generateKeys()
  const leaf = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? 'fedcheck'}`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    serialNumber: serial(),
    ...validity(shift),
    extensions: await leafExtensions(names, keys.publicKey),
  })
  const privateKey = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    certificate: `${leaf.toString('pem')}\n${root.toString('pem')}\n`,
    privateKey: `${PemConverter.encode(privateKey, 'PRIVATE KEY')}\n`,
  }
}

async function leafExtensions(
  names: readonly string[],
  publicKey: webcrypto.CryptoKey,
): Promise<Extension[]> {
  const alternatives = names.map((name) => ({
    type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const),
    value: name,
  }))
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(alternatives),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function serial(): string {
  const bytes = randomBytes(16)
  // Positive and without leading zeros, as DER wants it.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function validity(shift = 0): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  if (shift === 0) return { notBefore: new Date(now - day), notAfter: new Date(now + 30 * day) }
  return { notBefore: new Date(now + shift - day), notAfter: new Date(now + shift) }
}
