import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { dispositionOf, nameIn, safeType } from './disposition.ts'
import { encodeMultipart, MultipartError, parseMultipart } from './multipart.ts'

const type = 'multipart/mixed; boundary="b b"'
const read = (text: string, as = type) =>
  parseMultipart(as, Buffer.from(text)).map(({ headers, bytes }) => [
    headers,
    Buffer.from(bytes).toString(),
  ])
const refused = (text: string, as = type) => assert.throws(() => read(text, as), MultipartError)

describe('a multipart body', () => {
  it('holds whatever bytes are put in', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('\r\n--', '--', '\r\n', '\n').map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (all) => {
        const parts = all.map((one) => ({ headers: { 'content-type': 'a/b' }, bytes: one }))
        const whole = encodeMultipart(parts)
        const back = parts.length === 0 ? [] : parseMultipart(whole.type, whole.bytes)
        assert.deepEqual(
          back.map((part) => [part.headers, Buffer.from(part.bytes)]),
          parts.map((part) => [part.headers, Buffer.from(part.bytes)]),
        )
      }),
    )
  })

  it('is read in whatever dialect it comes', () => {
    const two = [
      [{ 'content-type': 'application/json' }, '{}'],
      [{}, 'x\r\n--b bb\r\n'],
    ]
    const crlf =
      'preamble\r\n--b b  \r\nContent-Type:  application/json \r\n\r\n{}\r\n--b b\r\n\r\nx\r\n--b bb\r\n\r\n--b b--\r\nepilogue'
    assert.deepEqual(read(crlf), two)
    const lf = '--b b\nContent-Type: application/json\n\n{}\n--b b\n\nx\n--b b--'
    assert.deepEqual(
      read(lf).map(([, text]) => text),
      ['{}', 'x'],
    )
    assert.deepEqual(read('--x\r\n\r\n\r\n--x--', 'Multipart/Mixed;charset=x;BOUNDARY=x'), [
      [{}, ''],
    ])
  })

  it('is refused where it is none', () => {
    refused('--b b\r\n\r\nx')
    refused('')
    refused('--b b\r\nno header\r\n\r\nx\r\n--b b--')
    refused(`--b b\r\nA: ${'x'.repeat(20_000)}\r\n\r\nx\r\n--b b--`)
    refused(`${'--b b\r\n\r\nx\r\n'.repeat(11)}--b b--`)
    refused('--b b--', 'application/json')
    refused('--b b--', 'multipart/mixed')
    refused('--b b--', 'multipart/mixed; boundary=')
    refused('--b b--', `multipart/mixed; boundary=${'x'.repeat(71)}`)
  })

  it('does not take long, whatever it holds', () => {
    const hostile = Buffer.from(`--x\r\n\r\n${'\r\n--x'.repeat(200_000)}`)
    assert.throws(() => parseMultipart('multipart/mixed; boundary=x', hostile), MultipartError)
  })
})

describe('names and types of files', () => {
  it('cannot break out of their headers', () => {
    assert.equal(safeType('text/html; charset=utf-8'), 'text/html; charset=utf-8')
    for (const bad of ['text', 'text/html\r\nx: y', 'a/b; c', 'é/x', 'x'.repeat(300), undefined])
      assert.equal(safeType(bad), 'application/octet-stream')
    assert.equal(dispositionOf('image/png', undefined), 'inline')
    assert.equal(dispositionOf('IMAGE/PNG; a=b', 'a b.png'), 'inline; filename="a b.png"')
    assert.equal(dispositionOf('text/html', 'a"\r\nb'), "attachment; filename*=UTF-8''a%22%0D%0Ab")
    assert.equal(dispositionOf('image/svg+xml', 'é'), "attachment; filename*=UTF-8''%C3%A9")
    assert.equal(dispositionOf('text/plain', '\ud800'), "inline; filename*=UTF-8''%EF%BF%BD")
  })

  it('are found in what other servers say', () => {
    assert.equal(nameIn('inline; filename="a \\"b\\".png"'), 'a "b".png')
    assert.equal(nameIn('attachment; filename=plain.txt; x=y'), 'plain.txt')
    assert.equal(nameIn(`attachment; filename="x"; filename*=utf-8''%C3%A9`), 'é')
    assert.equal(nameIn(`attachment; filename="x"; filename*=utf-8''%FF`), 'x')
    assert.equal(nameIn('attachment; filename="../../etc/passwd"'), 'passwd')
    assert.equal(nameIn('inline'), undefined)
    assert.equal(nameIn(undefined), undefined)
  })
})
