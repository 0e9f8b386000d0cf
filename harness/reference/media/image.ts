/** What can be told of an image from its first bytes. */
export interface Image {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'
  readonly width: number
  readonly height: number
  readonly isAnimated: boolean
}

/** Undefined for what is no image of a kind that may stand for a thumbnail, or is cut off before its size. */
export function readImage(bytes: Uint8Array): Image | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view)
  } catch (error) {
    // Reading beyond the end.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const text = (view: Buffer, start: number, end: number): string =>
  view.subarray(start, end).toString('latin1')

function readPng(view: Buffer): Image | undefined {
  if (text(view, 0, 8) !== '\x89PNG\r\n\x1a\n' || text(view, 12, 16) !== 'IHDR') return undefined
  const [width, height] = [view.readUInt32BE(16), view.readUInt32BE(20)]
  let isAnimated = false
  // APNG: the chunk acTL stands before the first IDAT.
  for (let at = 8; at + 8 <= view.length; at += 12 + view.readUInt32BE(at)) {
    const chunk = text(view, at + 4, at + 8)
    if (chunk === 'IDAT') break
    isAnimated ||= chunk === 'acTL'
  }
  return { type: 'image/png', width, height, isAnimated }
}

function readGif(view: Buffer): Image | undefined {
  if (!/^GIF8[79]a$/.test(text(view, 0, 6))) return undefined
  const [width, height] = [view.readUInt16LE(6), view.readUInt16LE(8)]
  return { type: 'image/gif', width, height, isAnimated: framesIn(view) > 1 }
}

/** Of a colour table, by the flags that announce it. */
const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1))

/** Image descriptors, two at the most. */
function framesIn(view: Buffer): number {
  let at = 13 + tableBytes(view.readUInt8(10))
  let frames = 0
  while (frames < 2 && at < view.length) {
    const block = view.readUInt8(at)
    if (block === 0x2c) {
      frames += 1
      at = afterBlocks(view, at + 11 + tableBytes(view.readUInt8(at + 9)))
    } else if (block === 0x21) at = afterBlocks(view, at + 2)
    else break
  }
  return frames
}

/** Behind a row of sub-blocks, each with its length before it, the last one empty. */
function afterBlocks(view: Buffer, from: number): number {
  let at = from
  while (view.readUInt8(at) !== 0) at += 1 + view.readUInt8(at)
  return at + 1
}

function readWebp(view: Buffer): Image | undefined {
  if (text(view, 0, 4) !== 'RIFF' || text(view, 8, 12) !== 'WEBP') return undefined
  const kind = text(view, 12, 16)
  const type = 'image/webp'
  if (kind === 'VP8X') {
    const isAnimated = (view.readUInt8(20) & 0x02) !== 0
    return {
      type,
      width: 1 + view.readUIntLE(24, 3),
      height: 1 + view.readUIntLE(27, 3),
      isAnimated,
    }
  }
  if (kind === 'VP8L') {
    const bits = view.readUInt32LE(21)
    const [width, height] = [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)]
    return { type, width, height, isAnimated: false }
  }
  if (kind !== 'VP8 ') return undefined
  const [width, height] = [view.readUInt16LE(26) & 0x3fff, view.readUInt16LE(28) & 0x3fff]
  return { type, width, height, isAnimated: false }
}

function readJpeg(view: Buffer): Image | undefined {
  if (view.length < 4 || view.readUInt16BE(0) !== 0xffd8) return undefined
  let at = 2
  while (at + 9 < view.length && view.readUInt8(at) === 0xff) {
    const marker = view.readUInt8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      const [height, width] = [view.readUInt16BE(at + 5), view.readUInt16BE(at + 7)]
      return { type: 'image/jpeg', width, height, isAnimated: false }
    }
    at += 2 + view.readUInt16BE(at + 2)
  }
  return undefined
}
