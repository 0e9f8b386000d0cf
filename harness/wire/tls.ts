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
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** Leaf certificate followed by its authority's, and the leaf's private key (PKCS #8), both PEM. */
export interface Credentials {
  readonly certificate: string
  readonly privateKey: string
}

/** What can be wrong with a certificate on purpose. */
export type Flaw = 'other-name' | 'unknown-authority' | 'expired'

/** A certificate authority. */
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
  const root = await selfSigned(keys, validity())
  return authorityOf(root, keys.privateKey)
}

/** What it takes to have an authority again: its certificate, valid for ten years, and its key, both PEM. */
export async function createLastingAuthority(): Promise<Credentials> {
  const keys = await generateKeys()
  const end = new Date(Date.now() + 3_650 * day)
  const root = await selfSigned(keys, { ...validity(), notAfter: end })
  return { certificate: `${root.toString('pem')}\n`, privateKey: await pemOf(keys.privateKey) }
}

/** The authority that was kept. Throws where it is no certificate with its P-256 key, or one that has expired. */
export async function authorityFrom({ certificate, privateKey }: Credentials): Promise<Authority> {
  const root = new X509Certificate(certificate)
  if (root.notAfter.getTime() < Date.now()) throw new RangeError('the authority has expired')
  const [der = new ArrayBuffer()] = PemConverter.decode(privateKey)
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign'])
  const authority = authorityOf(root, key)
  const leaf = new X509Certificate((await authority.issue(['localhost'])).certificate)
  if (!(await leaf.verify({ publicKey: root })))
    throw new RangeError('the key is not that of the certificate')
  return authority
}

function selfSigned(
  keys: webcrypto.CryptoKeyPair,
  valid: ReturnType<typeof validity>,
): Promise<X509Certificate> {
  return SubjectKeyIdentifierExtension.create(keys.publicKey).then((identifier) =>
    X509CertificateGenerator.createSelfSigned({
      name: `CN=fedcheck ${randomBytes(4).toString('hex')}`,
      keys,
      signingAlgorithm: algorithm,
      serialNumber: serial(),
      ...valid,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        identifier,
      ],
    }),
  )
}

function authorityOf(root: X509Certificate, signingKey: webcrypto.CryptoKey): Authority {
  const certificate = root.toString('pem')
  let holder: Promise<Holder> | undefined
  return {
    certificate,
    async issue(names, flaw) {
      if (flaw === 'unknown-authority') return (await createAuthority()).issue(names)
      holder ??= newHolder()
      return issueLeaf(
        { root, certificate, signingKey, holder: await holder },
        flaw === 'other-name' ? ['other.invalid'] : names,
        flaw === 'expired' ? -day : 0,
      )
    },
  }
}

const pemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`

/** Whom all certificates of an authority are issued to: a key for each of a run's thousand servers would tell nobody apart. */
interface Holder {
  readonly publicKey: webcrypto.CryptoKey
  readonly identifier: Extension
  /** PEM. */
  readonly privateKey: string
}

async function newHolder(): Promise<Holder> {
  const { publicKey, privateKey } = await generateKeys()
  const identifier = await SubjectKeyIdentifierExtension.create(publicKey)
  return { publicKey, identifier, privateKey: await pemOf(privateKey) }
}

interface Issuer {
  readonly root: X509Certificate
  /** The root in PEM. */
  readonly certificate: string
  readonly signingKey: webcrypto.CryptoKey
  readonly holder: Holder
}

/** `shift`: milliseconds by which the end of validity is moved from now; 0 for the usual month. */
async function issueLeaf(
  { root, certificate, signingKey, holder }: Issuer,
  names: readonly string[],
  shift: number,
): Promise<Credentials> {
  const leaf = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? 'fedcheck'}`,
    issuer: root.subject,
    publicKey: holder.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    serialNumber: serial(),
    ...validity(shift),
    extensions: [...leafUse, alternativesFor(names), holder.identifier],
  })
  return {
    certificate: `${leaf.toString('pem')}\n${certificate}\n`,
    privateKey: holder.privateKey,
  }
}

const leafUse: readonly Extension[] = [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
]

const alternativesFor = (names: readonly string[]): Extension =>
  new SubjectAlternativeNameExtension(
    names.map((name) => ({
      type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const),
      value: name,
    })),
  )

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
