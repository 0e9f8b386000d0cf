import { randomBytes } from 'node:crypto'

export interface Part {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array
}

/** A body is no multipart of the kind that its type claims. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError'
  readonly code = 'multipart'
}

const maxParts = 10
const maxHeaderBytes = 16 * 1024

/** RFC 2046, section 5.1. Answers the value of Content-Type and the body. */
export function encodeMultipart(parts: readonly Part[]): { type: string; bytes: Uint8Array } {
  const boundary = randomBytes(24).toString('hex')
  const pieces = parts.flatMap(({ headers, bytes }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return [Buffer.from(`\r\n--${boundary}\r\n${lines.join('')}\r\n`), bytes]
  })
  const whole = Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)])
  return { type: `multipart/mixed; boundary=${boundary}`, bytes: whole.subarray(2) }
}

/**
 * The parts of a multipart/mixed body. Lines may end in LF alone; what stands before the first and after the last boundary
 * is passed over. Throws MultipartError.
 */
export function parseMultipart(type: string | undefined, body: Uint8Array): readonly Part[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const delimiter = `--${boundaryIn(type)}`
  const parts: Part[] = []
  let at = afterDelimiter(bytes, delimiter, 0)
  for (;;) {
    if (at === undefined) throw new MultipartError('the last boundary is missing')
    if (at.isLast) return parts
    if (parts.length >= maxParts) throw new MultipartError(`there are more than ${maxParts} parts`)
    const start = lineEnd(bytes, at.end)
    const next = afterDelimiter(bytes, delimiter, start)
    if (next === undefined) throw new MultipartError('the last boundary is missing')
    parts.push(readPart(bytes.subarray(start, Math.max(start, next.begin))))
    at = next
  }
}

function boundaryIn(type: string | undefined): string {
  if (type === undefined || !/^multipart\/mixed\s*(?:;|$)/i.test(type))
    throw new MultipartError('the body is not multipart/mixed')
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=\s*(?:;|$)))/i.exec(type)
  const boundary = found?.[1] ?? found?.[2]
  if (boundary === undefined) throw new MultipartError('there is no boundary')
  return boundary
}

interface Delimiter {
  /** Where the line break before it begins. */
  readonly begin: number
  readonly end: number
  readonly isLast: boolean
}

/** The next line that begins with the delimiter. */
function afterDelimiter(bytes: Buffer, delimiter: string, from: number): Delimiter | undefined {
  for (let at = bytes.indexOf(delimiter, from); at >= 0; at = bytes.indexOf(delimiter, at + 1)) {
    const isLineStart = at === from || bytes[at - 1] === 0x0a
    const end = at + delimiter.length
    const isLast = bytes.subarray(end, end + 2).toString('latin1') === '--'
    if (!isLineStart || !(isLast || isBlankLine(bytes, end))) continue
    return { begin: beforeBreak(bytes, at), end, isLast }
  }
  return undefined
}

/** Only spaces up to the end of the line. */
function isBlankLine(bytes: Buffer, from: number): boolean {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1
  return bytes[at] === 0x0a || (bytes[at] === 0x0d && bytes[at + 1] === 0x0a)
}

function beforeBreak(bytes: Buffer, at: number): number {
  if (bytes[at - 1] !== 0x0a) return at
  return bytes[at - 2] === 0x0d ? at - 2 : at - 1
}

const lineEnd = (bytes: Buffer, from: number): number => bytes.indexOf(0x0a, from) + 1

function readPart(bytes: Buffer): Part {
  const headers: Record<string, string> = {}
  let at = 0
  for (;;) {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0 || end > maxHeaderBytes)
      throw new MultipartError('the headers of a part have no end, or are too long')
    const line = bytes.subarray(at, end).toString('latin1').replace(/\r$/, '')
    at = end + 1
    if (line === '') return { headers, bytes: bytes.subarray(at) }
    const [, name, value] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new MultipartError('a header of a part is none')
    headers[name.toLowerCase()] = value.trim()
  }
}
