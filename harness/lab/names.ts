import type { Network } from '../fabric/network.ts'
import type { Story } from '../scenario/scenario.ts'
import { Unsupported } from '../world/errors.ts'
import type { Homeserver, Peer } from '../world/homeserver.ts'

const roles = ['peer', 'peer2', 'peer3'] as const

/** What a story calls its peer in a place, counted from 0, and whom it has the certificate of. */
export function calledIn(
  { names, certificates }: Pick<Story, 'names' | 'certificates'>,
  place: number,
): { readonly host?: string; readonly certified?: string } {
  const role = roles[place]
  const [host, certified] = role === undefined ? [] : [names?.[role], certificates?.[role]]
  return { ...(host !== undefined && { host }), ...(certified !== undefined && { certified }) }
}

export interface NamedWorld {
  readonly target: Homeserver
  readonly peers: readonly Peer[]
  readonly network: Pick<Network, 'isProxied'>
}

/**
 * Makes sure that a target can find peers by their names. One of which it is not known gets a request of the first peer: its
 * keys can only be had through the proxy. Throws Unsupported where none was asked for.
 */
export async function checkNames({ target, peers, network }: NamedWorld): Promise<void> {
  const [peer] = peers
  if (network.isProxied(target.name) || peer === undefined) return
  const query = { user_id: target.user }
  await peer.request(target, 'profile', { query }).catch(() => undefined)
  if (network.isProxied(target.name)) return
  throw new Unsupported(
    'missing-capability:names',
    `${target.name} does not use its proxy, so it cannot find a server by name`,
  )
}
