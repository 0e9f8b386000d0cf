import { ReferenceServer } from '../reference/homeserver.ts'
import { Addresses } from '../wire/addresses.ts'
import { createAuthority } from '../wire/tls.ts'
import { NoJournal } from './no-journal.ts'
import { median, processorSeconds } from './rounds.ts'

export interface Peers {
  /** Of processor time, for one. */
  readonly milliseconds: number
  /** Of all, in the process. */
  readonly bytes: number
}

/** Starts so many servers in this process, which is to be a process of its own. */
export const startPeers = async (count: number): Promise<Peers> => {
  const [addresses, authority] = [await Addresses.detect(), await createAuthority()]
  const journal = new NoJournal()
  const servers: ReferenceServer[] = []
  const times: number[] = []
  const empty = process.memoryUsage().rss
  while (servers.length < count) {
    const began = processorSeconds()
    servers.push(
      await ReferenceServer.start({ address: addresses.next(), authority, journal, seed: 1 }),
    )
    times.push(processorSeconds() - began)
  }
  const bytes = process.memoryUsage().rss - empty
  await Promise.all(servers.map((server) => server.stop()))
  return { milliseconds: median(times) * 1000, bytes }
}
