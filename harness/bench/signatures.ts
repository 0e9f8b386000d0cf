import { availableParallelism } from 'node:os'
import type { Event } from '../matrix/event.ts'
import { redactedText } from '../matrix/hash.ts'
import { parseJson } from '../matrix/json.ts'
import { readEvent } from '../matrix/read-event.ts'
import type { RoomVersion } from '../matrix/room-version.ts'
import {
  checkContentHash,
  checkSignatures,
  checkSignaturesAside,
  type KeyLookup,
} from '../matrix/sign-event.ts'
import { verifySignature, verifySignatureAside } from '../matrix/signing-key.ts'
import { verifyLimits } from './openssl.ts'
import { beside, type Figure, inRounds, rateOf } from './rounds.ts'
import { sampleKey, samplePdu } from './sample-pdu.ts'

const cores = availableParallelism()
/** How many events are on their way at once. */
const window = 64
const seconds = 1

const keys: KeyLookup = () => ({
  publicKey: sampleKey.publicKey,
  validUntil: Number.POSITIVE_INFINITY,
})

/** Per second of the clock, `window` of them under way at any time. */
const rateAside = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await work()
      done++
    }
  }
  await Promise.all(Array.from({ length: window }, worker))
  return (done * 1000) / (performance.now() - start)
}

const demand = (isGood: boolean): void => {
  if (!isGood) throw new Error('a good event was not found good')
}

const readAndHash = (bytes: Uint8Array, version: RoomVersion): Event => {
  const event = readEvent(parseJson(bytes, { refuse: 'flaws' }), version)
  demand(checkContentHash(event))
  return event
}

/** The same event some times over, as bytes: as many as the memory of a single one could not stand in for. */
const samples = Array.from({ length: 100 }, (_, at) => samplePdu(at % 2 ? 'member' : 'message', at))
const bodies = samples.map(({ pdu }) => Buffer.from(JSON.stringify(pdu)))
const version = samples[0]?.version

let turn = 0
const nextEvent = (): Event => {
  const bytes = bodies[turn++ % bodies.length]
  if (bytes === undefined || version === undefined) throw new Error('there are no samples')
  return readAndHash(bytes, version)
}

export const signatureFigures = async (): Promise<Figure[]> => {
  const [sample] = samples
  if (sample === undefined) return []
  const text = redactedText(sample.pdu, sample.version)
  const signature = sample.pdu.signatures['hs1.example.org']?.['ed25519:a_1'] ?? ''
  const limits = verifyLimits()

  const results = await inRounds({
    one: limits.one,
    verify: () =>
      rateOf(() => demand(verifySignature(sampleKey.publicKey, text, signature)), 20, seconds),
    check: () => rateOf(() => demand(checkSignatures(nextEvent(), keys).length === 0), 20, seconds),
    all: limits.all,
    verifyAside: () =>
      rateAside(async () =>
        demand(await verifySignatureAside(sampleKey.publicKey, text, signature)),
      ),
    checkAside: () =>
      rateAside(async () => demand((await checkSignaturesAside(nextEvent(), keys)).length === 0)),
  })
  const figure = (name: string, target: number, values: number[], limit: number[]): Figure =>
    beside({ name: `${name} (limit: ${limits.by})`, unit: '/s', target, values, limits: limit })
  return [
    figure('verify a signature, one core', 0.95, results.verify, results.one),
    figure(`verify a signature aside, ${cores} cores`, 0.85, results.verifyAside, results.all),
    figure('check a 1 kB PDU whole, one core', 0.85, results.check, results.one),
    figure(`check a 1 kB PDU whole, aside, ${cores} cores`, 0.8, results.checkAside, results.all),
  ]
}
