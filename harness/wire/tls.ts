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

export async function createAuthority(): Promise<Authority> {
  throw new Error('not yet')
}
