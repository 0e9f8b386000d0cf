import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verify, createPublicKey } from 'node:crypto'
import type { Journal } from '../journal/journal.ts'
import type { Event } from '../matrix/event.ts'
import { redactedText } from '../matrix/hash.ts'
import { roomVersions } from '../matrix/room-version.ts'
import type { ReferenceOptions } from '../reference/homeserver.ts'
import { ReferencePeer } from '../reference/peer.ts'
import { Addresses } from '../wire/addresses.ts'
import { type Authority, createAuthority } from '../wire/tls.ts'
import { NoJournal } from './no-journal.ts'
import type { Peers } from './reference-peers.ts'
import { atMost, beside, type Figure, inRounds, median, processorSeconds } from './rounds.ts'
import { sampleKey, samplePdu } from './sample-pdu.ts'

interface Ground {
  readonly addresses: Addresses
  readonly authority: Authority
  readonly journal: Journal
}

const seed = 1
const version = roomVersions.v11

const inFolder = async <T>(work: (folder: string) => T | Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'fedcheck-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const optionsOn = ({ addresses, authority, journal }: Ground): ReferenceOptions => ({
  address: addresses.next(),
  authority,
  journal,
  seed,
})

const transactions = 20
const size = 50

/** Events per second of processor time, both servers' together, that a server takes in, out of transactions of 50, each answered before the next is sent. */
const ingestRate = async (ground: Ground, data?: string): Promise<number> => {
  const peer = await ReferencePeer.start({ ...optionsOn(ground), version })
  const taker = await ReferencePeer.start({
    ...optionsOn(ground),
    version,
    ...(data === undefined ? {} : { data }),
  })
  try {
    const room = await peer.createRoom()
    await taker.join(room, peer)
    const body = 'The quick brown fox jumps over the lazy dog. '.repeat(7)
    const draft = { type: 'm.room.message', content: { msgtype: 'm.text', body } }
    const events = Array.from({ length: transactions * size }, () => peer.author(room, draft))
    const began = processorSeconds()
    for (let at = 0; at < events.length; at += size)
      await deliver(peer, taker, events.slice(at, at + size))
    return events.length / (processorSeconds() - began)
  } finally {
    await Promise.all([peer.stop(), taker.stop()])
  }
}

const deliver = async (
  peer: ReferencePeer,
  taker: ReferencePeer,
  events: readonly Event[],
): Promise<void> => {
  const { status } = await peer.push(taker, events)
  const [last] = events.slice(-1)
  if (status !== 200 || last === undefined || taker.event(last.id) === undefined)
    throw new Error('a transaction was not taken in')
}

/** Signatures per second of processor time, one after the other on one core: no server that checks them can take in more on it. */
const verifyRate = (): number => {
  const { pdu } = samplePdu('message')
  const bytes = Buffer.from(redactedText(pdu, version))
  const x = Buffer.from(sampleKey.publicKey, 'base64').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const signature = Buffer.from(pdu.signatures['hs1.example.org']?.['ed25519:a_1'] ?? '', 'base64')
  const count = transactions * size
  const began = processorSeconds()
  for (let done = 0; done < count; done += 1)
    if (!verify(null, bytes, key, signature)) throw new Error('a good signature was not found good')
  return count / (processorSeconds() - began)
}

const ingestFigures = async (ground: Ground): Promise<Figure[]> => {
  const results = await inRounds({
    limit: verifyRate,
    memory: () => ingestRate(ground),
    folder: () => inFolder((folder) => ingestRate(ground, folder)),
  })
  const figure = (where: string, target: number, values: readonly number[]): Figure =>
    beside({
      name: `take in transactions of ${size} PDUs, ${where} (limit: crypto.verify, one core)`,
      unit: '/s',
      target,
      values,
      limits: results.limit,
    })
  return [
    figure('in memory', 0.25, results.memory),
    figure('durable in a folder', 0.2, results.folder),
  ]
}

const kept = 100_000

interface Start {
  readonly seconds: number
  readonly bytes: number
}

const script = fileURLToPath(new URL('reference-room.ts', import.meta.url))

const run = (...args: readonly string[]): string => {
  const node = [...process.execArgv, '--expose-gc', script, ...args]
  const { stdout, stderr, status } = spawnSync(process.execPath, node, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`a room in a folder: ${stderr}`)
  return stdout
}

/** A start in a process of its own, as after a crash. */
const startFigures = (): Promise<Figure[]> =>
  inFolder((folder) => {
    run('write', folder, String(kept))
    const starts = Array.from(
      { length: 3 },
      (): Start => JSON.parse(run('start', folder, String(kept))),
    )
    return [
      atMost({
        name: `start with ${kept} events, 10,000 of them joins`,
        unit: 's',
        value: median(starts.map(({ seconds }) => seconds)),
        limit: 2,
      }),
      atMost({
        name: `memory for ${kept} events that nobody has asked for yet`,
        unit: 'MB',
        value: median(starts.map(({ bytes }) => bytes)) / 1e6,
        limit: 100,
      }),
    ]
  })

const peers = 1_000

const peerFigures = (): Figure[] => {
  const started: Peers = JSON.parse(run('peers', '', String(peers)))
  return [
    atMost({
      name: `start a server, the median of ${peers} in one process`,
      unit: 'ms',
      value: started.milliseconds,
      limit: 5,
    }),
    atMost({
      name: `memory of ${peers} servers in one process`,
      unit: 'MB',
      value: started.bytes / 1e6,
      limit: 1_000,
    }),
  ]
}

export const referenceFigures = async (): Promise<Figure[]> => {
  const ground = {
    addresses: await Addresses.detect(),
    authority: await createAuthority(),
    journal: new NoJournal(),
  }
  return [...(await ingestFigures(ground)), ...(await startFigures()), ...peerFigures()]
}
