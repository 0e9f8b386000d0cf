import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/** One signature to be verified; `done` is told the verdict. Key and signature have `keyBytes` and `signatureBytes`. */
export interface Verification {
  readonly publicKey: Buffer
  readonly signature: Buffer
  readonly message: Buffer
  readonly done: (isGood: boolean) => void
}

export const keyBytes = 32
export const signatureBytes = 64

/** What one message to a thread holds at most. */
const batchSize = 16
/** As many as keep a thread busy until the event loop comes round again. */
const underWayAtMost = 2 * batchSize
/** What the thread that asks does itself before the event loop has its turn. */
const hereAtOnce = 2
/** Not worth waking anybody for. */
const few = 4

/** Each message is a buffer of keys, signatures and texts, with the lengths of the texts; the answer a byte for each verdict. */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const { crypto_sign_verify_detached: verify } = require(workerData)
parentPort.on('message', ({ bytes, lengths }) => {
  const verdicts = new Uint8Array(lengths.length)
  const part = (from, length) => Buffer.from(bytes.buffer, bytes.byteOffset + from, length)
  let at = 0
  lengths.forEach((length, index) => {
    const key = part(at, ${keyBytes})
    const signature = part(at + ${keyBytes}, ${signatureBytes})
    const message = part(at + ${keyBytes + signatureBytes}, length)
    verdicts[index] = verify(signature, message, key) ? 1 : 0
    at += ${keyBytes + signatureBytes} + length
  })
  parentPort.postMessage(verdicts)
})
parentPort.postMessage(undefined)
`

/** Verifies on one other thread what it is given, in its order; is ready some time after its start. */
class Thread {
  readonly #worker: Worker
  readonly #underWay: Verification[][] = []
  #isReady = false

  /** `library`: path of sodium-native. `onLost`: the thread has ended, with what it has not done. */
  constructor(library: string, onLost: (thread: Thread, undone: readonly Verification[]) => void) {
    // Without the flags of this process: what loads TypeScript, say, is not needed there and takes long.
    this.#worker = new Worker(program, { eval: true, execArgv: [], workerData: library })
    this.#worker.unref()
    this.#worker.on('message', (verdicts?: Uint8Array) => this.#told(verdicts))
    this.#worker.on('error', () => {
      // The end follows, and is what counts.
    })
    this.#worker.once('exit', () => onLost(this, this.#underWay.splice(0).flat()))
  }

  get room(): number {
    if (!this.#isReady) return 0
    return underWayAtMost - this.#underWay.reduce((sum, { length }) => sum + length, 0)
  }

  take(batch: Verification[]): void {
    // The process lives on for as long as somebody waits for a verdict.
    if (this.#underWay.length === 0) this.#worker.ref()
    this.#underWay.push(batch)
    const lengths = Uint32Array.from(batch, ({ message }) => message.length)
    const parts = batch.flatMap(({ publicKey, signature, message }) => [
      publicKey,
      signature,
      message,
    ])
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#worker.postMessage({ bytes: Buffer.concat(parts), lengths })
  }

  #told(verdicts: Uint8Array | undefined): void {
    this.#isReady = true
    const batch = verdicts && this.#underWay.shift()
    if (this.#underWay.length === 0) this.#worker.unref()
    batch?.forEach(({ done }, index) => done(verdicts?.[index] === 1))
  }
}

/** Shares verifications out between the thread that asks and one more for each further core, started when there is much to do. */
export class VerifyingThreads {
  readonly #library: string
  readonly #verify: (one: Verification) => boolean
  #threads: Thread[] | undefined
  #waiting: Verification[] = []
  #taken = 0
  #isScheduled = false

  /** `verify` does one here. */
  constructor(library: string, verify: (one: Verification) => boolean) {
    this.#library = library
    this.#verify = verify
  }

  add(one: Verification): void {
    this.#waiting.push(one)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#left === 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#shareOut()
      for (const one of this.#next(hereAtOnce)) one.done(this.#verify(one))
      this.#schedule()
    })
  }

  #shareOut(): void {
    if (this.#left <= few) return
    this.#threads ??= this.#started()
    for (const thread of this.#threads)
      while (this.#left > few && thread.room >= batchSize) thread.take(this.#next(batchSize))
  }

  #started(): Thread[] {
    const onLost = (thread: Thread, undone: readonly Verification[]): void => {
      this.#threads = this.#threads?.filter((one) => one !== thread)
      for (const one of undone) this.add(one)
    }
    const count = Math.min(availableParallelism(), 5) - 1
    return Array.from({ length: count }, () => new Thread(this.#library, onLost))
  }

  get #left(): number {
    return this.#waiting.length - this.#taken
  }

  /** The oldest; those that are left need not be moved for it. */
  #next(count: number): Verification[] {
    const some = this.#waiting.slice(this.#taken, this.#taken + count)
    this.#taken += some.length
    if (this.#left === 0) [this.#waiting, this.#taken] = [[], 0]
    return some
  }
}
