import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { decodeBase64 } from './base64.ts'
import { SigningKey } from './signing-key.ts'
import { VerifyingThreads } from './verifying-threads.ts'

const key = SigningKey.fromSeed(Buffer.alloc(32, 7), '1')
const bytesOf = (text: string): Buffer => decodeBase64(text) ?? assert.fail(`${text} is no base64`)
const publicKey = bytesOf(key.publicKey)

/** Good ones and bad ones in turn, of texts of different lengths. */
const samples = Array.from({ length: 50 }, (_, at) => {
  const message = Buffer.from('x'.repeat(at * 7))
  const signature = bytesOf(key.sign(at % 2 === 0 ? message : 'another'))
  return { message, signature, isGood: at % 2 === 0 }
})

/** Verdicts of all samples, asked for at once. */
function verdicts(threads: VerifyingThreads): Promise<readonly boolean[]> {
  return Promise.all(
    samples.map(
      ({ message, signature }) =>
        new Promise<boolean>((done) => threads.add({ publicKey, signature, message, done })),
    ),
  )
}

const expected = samples.map(({ isGood }) => isGood)
const isGood = ({ signature }: { signature: Buffer }): boolean =>
  samples.some((one) => one.isGood && one.signature.equals(signature))

describe('threads that verify', () => {
  it('take a share, and answer for each what it is', async function () {
    if (availableParallelism() === 1) this.skip()
    let here = 0
    let asked = 0
    const library = createRequire(import.meta.url).resolve('sodium-native')
    const threads = new VerifyingThreads(library, (one) => {
      here += 1
      return isGood(one)
    })
    // They take some time to start, and nobody waits for them.
    while (here === asked) {
      assert.deepEqual(await verdicts(threads), expected)
      asked += samples.length
    }
    assert.ok(here > 0, 'who asks does some itself')
  })

  it('leave it all to who asks where they cannot start', async () => {
    const threads = new VerifyingThreads('/no/such/library', isGood)
    for (let round = 0; round < 20; round += 1) assert.deepEqual(await verdicts(threads), expected)
  })

  it('leave what they were at to who asks where they break', async function () {
    if (availableParallelism() === 1) this.skip()
    const folder = await mkdtemp(join(tmpdir(), 'fedcheck-threads-'))
    const library = join(folder, 'library.cjs')
    const said = join(folder, 'said')
    await writeFile(
      library,
      `exports.crypto_sign_verify_detached = () => {
        require('node:fs').writeFileSync(${JSON.stringify(said)}, '')
        throw new Error('broken')
      }`,
    )
    try {
      const threads = new VerifyingThreads(library, isGood)
      while (!existsSync(said)) assert.deepEqual(await verdicts(threads), expected)
      assert.deepEqual(await verdicts(threads), expected)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
