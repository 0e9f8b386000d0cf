import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Network } from '../fabric/network.ts'
import { Journal } from '../journal/journal.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { ReferencePeer } from '../reference/peer.ts'
import { Addresses } from '../wire/addresses.ts'
import { type Authority, createAuthority } from '../wire/tls.ts'
import { Unsupported } from '../world/errors.ts'
import { calledIn, checkNames } from './names.ts'

describe('names of peers', () => {
  it('are given by place, and a certificate may be for another', () => {
    const names = { peer: 'hs1.example.org', peer2: 'hs2.example.org' }
    const story = { names, certificates: { peer2: 'hs1.example.org' } }
    assert.deepEqual(calledIn(story, 0), { host: 'hs1.example.org' })
    assert.deepEqual(calledIn(story, 1), { host: 'hs2.example.org', certified: 'hs1.example.org' })
    assert.deepEqual(calledIn(story, 2), {})
    assert.deepEqual(calledIn({}, 0), {})
  })
})

describe('a target that is to find peers by name', () => {
  const addresses = new Addresses()
  let authority: Authority
  let outsider: ReferencePeer
  let peer: ReferencePeer
  let network: Network

  /** A reference server that is no part of the network: with a proxy of which nobody knows whether it is used, or without. */
  const meet = async (isProxied: boolean): Promise<void> => {
    authority = await createAuthority()
    const [journal, elsewhere] = [new Journal(), new Journal()]
    network = new Network({ journal, outsiders: () => [`${at}:${port}`] })
    const at = addresses.next()
    const port = addresses.nextPort()
    const order = { outsider: `${at}:${port}`, address: addresses.next(), isUsed: false }
    const proxy = { ...(await network.openProxy(order)), covers: 'names' } as const
    const shared = { authority, seed: 1, version: roomVersions.v11, patienceMs: 2_000 }
    outsider = await ReferencePeer.start({
      ...shared,
      address: at,
      port,
      journal: elsewhere,
      ...(isProxied ? { proxy } : {}),
    })
    // Found without DNS, but not where the peer listens.
    const host = 'localhost'
    peer = await ReferencePeer.start({
      ...shared,
      address: addresses.next(),
      journal,
      network,
      host,
    })
  }

  const part = () => Promise.all([outsider.stop(), peer.stop(), network.close()])

  it('can when it asks its proxy for the keys of one', async () => {
    await meet(true)
    try {
      await checkNames({ target: outsider, peers: [peer], network })
      assert.deepEqual(network.sought(outsider.name), [peer.name])
    } finally {
      await part()
    }
  })

  it('cannot when it does not', async () => {
    await meet(false)
    try {
      await assert.rejects(
        checkNames({ target: outsider, peers: [peer], network }),
        (error) => error instanceof Unsupported && error.reason === 'missing-capability:names',
      )
    } finally {
      await part()
    }
  })
})
