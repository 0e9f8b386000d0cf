import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Network } from '../../fabric/network.ts'
import { Journal } from '../../journal/journal.ts'
import { roomVersions } from '../../matrix/room-version.ts'
import { clientApi } from '../../reference/client-api/client-api.ts'
import { ReferencePeer } from '../../reference/peer.ts'
import { startTarget, type Target } from '../../targets/target.ts'
import { Addresses } from '../../wire/addresses.ts'
import { createAuthority } from '../../wire/tls.ts'
import { Citizen, type Place } from './test-citizen.ts'

/** What the reference is put beside, as of `--target`; without it there is nobody. See .ci/beside.mjs. */
export const foreigner = process.env['FEDCHECK_FOREIGN_SERVER']

/** A foreign server and two references with a network between them. */
export class Town {
  readonly foreign: Place
  readonly ours: readonly [Place, Place]
  readonly peers: readonly [ReferencePeer, ReferencePeer]
  readonly network: Network
  readonly #citizens: Citizen[] = []
  readonly #tearDown: () => Promise<void>

  static async open(spec: string): Promise<Town> {
    const directory = await mkdtemp(join(tmpdir(), 'fedcheck-town-'))
    const authority = await createAuthority()
    const addresses = await Addresses.detect()
    const journal = new Journal()
    const target = await startTarget(spec, {
      authority,
      addresses,
      directory,
      seed: 1,
      startTimeoutMs: 120_000,
    })
    const network = new Network({ journal, outsiders: () => [target.serverName] })
    const peer = (seed: number) =>
      ReferencePeer.start({
        address: addresses.next(),
        authority,
        journal,
        network,
        seed,
        version: roomVersions.v12,
        clientApi,
      })
    const peers = [await peer(1), await peer(2)] as const
    return new Town({ target, peers, network, ca: authority.certificate }, async () => {
      await Promise.all([target.stop(), ...peers.map((one) => one.stop())])
      await network.close()
      await journal.close()
      await rm(directory, { recursive: true, force: true })
    })
  }

  private constructor(
    inhabitants: {
      target: Target
      peers: readonly [ReferencePeer, ReferencePeer]
      network: Network
      ca: string
    },
    tearDown: () => Promise<void>,
  ) {
    const { target, peers, network, ca } = inhabitants
    const place = (name: string): Place => ({ name, baseUrl: `https://${name}`, ca })
    this.foreign = place(target.serverName)
    this.ours = [place(peers[0].name), place(peers[1].name)]
    this.faults = () => peers.flatMap(({ server }) => server.faults)
    this.peers = peers
    this.network = network
    this.#tearDown = tearDown
  }

  /** What went wrong in the references by their own fault. */
  readonly faults: () => readonly string[]

  async citizen(server: Place, localpart: string): Promise<Citizen> {
    const citizen = await Citizen.register(server, localpart)
    this.#citizens.push(citizen)
    return citizen
  }

  async close(): Promise<void> {
    await Promise.all(this.#citizens.map((citizen) => citizen.close()))
    await this.#tearDown()
  }
}
