import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'mocha'
import type { Body, Exchange, Fact } from './exchange.ts'
import { body, Journal, JournalError, readJournal } from './journal.ts'

const folders: string[] = []
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fedcheck-journal-'))
  folders.push(path)
  return path
}

function exchange(id: number, bytes: Uint8Array, more: Partial<Exchange> = {}): Exchange {
  return {
    kind: 'exchange',
    id,
    from: 'a:1',
    to: 'b:2',
    seenBy: 'requester',
    method: 'PUT',
    uri: '/_matrix/federation/v1/send/1',
    operation: 'send',
    request: { headers: { host: 'b:2' }, body: body(bytes) },
    response: { status: 200, headers: {}, body: body(Buffer.from('{}')) },
    startedAt: 1,
    endedAt: 2.5,
    ending: 'answered',
    ...more,
  }
}

const text = (value: string) => new Uint8Array(Buffer.from(value))
const plain = (facts: readonly Fact[]) =>
  facts.map((fact) =>
    fact.kind !== 'exchange'
      ? fact
      : {
          ...fact,
          request: { ...fact.request, body: hex(fact.request.body) },
          response: fact.response && { ...fact.response, body: hex(fact.response.body) },
        },
  )
const hex = (stored: Body) => ({ ...stored, bytes: Buffer.from(stored.bytes).toString('hex') })

describe('journal', () => {
  after(() => {
    for (const path of folders) rmSync(path, { recursive: true })
  })

  it('gives back from the file what was appended, byte for byte', async () => {
    const directory = join(folder(), 'made', 'on demand')
    const journal = new Journal({ directory })
    const facts: Fact[] = [
      exchange(journal.nextExchange(), text('{"line separators":"\u2028\u2029\\n"}'), {
        check: 'x',
      }),
      exchange(journal.nextExchange(), new Uint8Array([0xff, 0xfe, 0, 10, 13])),
      { kind: 'fabric', at: 3, act: 'begin', rule: 'r', links: [['a', 'b']], fault: 'refuse' },
      { kind: 'note', check: 'x', at: 4, text: 'line\nbreak' },
      exchange(journal.nextExchange(), new Uint8Array()),
    ]
    for (const fact of facts) journal.append(fact)
    await journal.close()

    const read = await readJournal(join(directory, 'events.ndjson'))

    assert.deepEqual(plain(read), plain(facts))
    assert.deepEqual(journal.of('x'), [facts[0], facts[3]])
    assert.equal(journal.exchange(2), journal.facts[1])
    assert.equal(journal.exchange(77), undefined)
    assert.equal(journal.failure, undefined)
  })

  it('writes each body once', async () => {
    const directory = folder()
    const journal = new Journal({ directory })
    const large = text('x'.repeat(5_000))
    for (let id = 1; id <= 10; id++) journal.append(exchange(id, large))
    await journal.close()

    const lines = readFileSync(join(directory, 'events.ndjson'), 'utf8').trimEnd().split('\n')

    const bodies = lines.filter((line) => line.startsWith('{"kind":"body"'))
    assert.equal(bodies.length, 2)
    assert.equal(lines.length, 12)
  })

  it('cuts bodies at its limit and says so', () => {
    const journal = new Journal({ keepBytes: 10 })
    journal.append(exchange(1, text('0123456789abc')))
    journal.append(exchange(2, text('0123456789')))

    assert.deepEqual(journal.exchange(1)?.request.body, {
      bytes: text('0123456789'),
      length: 13,
      truncated: true,
    })
    assert.equal(journal.exchange(2)?.request.body.truncated, false)
  })

  it('drops the bodies of judged checks from memory when there are too many, not from the file', async () => {
    const directory = folder()
    const journal = new Journal({ directory, memoryBytes: 1_000 })
    journal.append(exchange(1, text('x'.repeat(800)), { check: 'first' }))
    journal.append(exchange(2, text('y'.repeat(800)), { check: 'second' }))
    assert.equal(journal.exchange(1)?.request.body.bytes.length, 800)

    journal.done('first')
    journal.done('second')
    await journal.close()

    assert.deepEqual(journal.exchange(1)?.request.body, {
      bytes: new Uint8Array(),
      length: 800,
      truncated: true,
    })
    assert.equal(journal.exchange(2)?.request.body.bytes.length, 800)
    const [kept] = await readJournal(join(directory, 'events.ndjson'))
    assert.equal(kept?.kind === 'exchange' && kept.request.body.bytes.length, 800)
  })

  it('tells subscribers until they leave', () => {
    const journal = new Journal()
    const heard: Fact[] = []
    const leave = journal.subscribe((fact) => heard.push(fact))
    const note: Fact = { kind: 'note', at: 1, text: 'one' }
    journal.append(note)
    leave()
    journal.append({ kind: 'note', at: 2, text: 'two' })
    assert.deepEqual(heard, [note])
  })

  it('writes before it is closed, so that a killed run leaves its facts', async () => {
    const directory = folder()
    const journal = new Journal({ directory })
    journal.append({ kind: 'note', at: 1, text: 'one' })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal((await readJournal(join(directory, 'events.ndjson'))).length, 1)
    await journal.close()
  })

  it('leaves out a last line that was cut off, and names any other broken line', async () => {
    const file = join(folder(), 'events.ndjson')
    const note = '{"kind":"note","at":1,"text":"one"}\n'
    writeFileSync(file, `${note}{"kind":"no`)
    assert.equal((await readJournal(file)).length, 1)
    appendFileSync(file, `\n${note}`)
    await assert.rejects(
      readJournal(file),
      (error) => error instanceof JournalError && error.line === 2,
    )
  })

  it('notes a full disk once and goes on in memory', async function () {
    if (process.platform !== 'linux') this.skip()
    const directory = folder()
    symlinkSync('/dev/full', join(directory, 'events.ndjson'))
    const failures: Error[] = []
    const journal = new Journal({ directory, onFailure: (error) => failures.push(error) })
    journal.append({ kind: 'note', at: 1, text: 'x'.repeat(300_000) })
    journal.append({ kind: 'note', at: 2, text: 'two' })
    await journal.close()

    assert.equal(failures.length, 1)
    assert.match(String(failures[0]), /ENOSPC/)
    assert.equal(journal.failure, failures[0])
    assert.equal(journal.facts.length, 2)
  })
})
