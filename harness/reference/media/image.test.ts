import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { readImage } from './image.ts'

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  )

const chunk = (name: string, content: readonly number[]) =>
  bytes([0, 0, 0, content.length], name, content, [0, 0, 0, 0])
const signature = '\x89PNG\r\n\x1a\n'
const header = chunk('IHDR', [0, 0, 0, 3, 0, 0, 1, 0, 8, 6, 0, 0, 0])
const png = (...chunks: readonly Buffer[]) => Buffer.concat([bytes(signature), header, ...chunks])

const frame = bytes([0x2c, 0, 0, 0, 0, 2, 0, 3, 0, 0], [2, 1, 0, 0])
const gif = (...blocks: readonly Buffer[]) =>
  Buffer.concat([
    bytes('GIF89a', [2, 0, 3, 0, 0x80, 0, 0], [0, 0, 0, 1, 1, 1]),
    ...blocks,
    bytes([0x3b]),
  ])

const riff = (kind: string, content: readonly number[]) =>
  bytes('RIFF', [0, 0, 0, 0], 'WEBP', kind, [0, 0, 0, 0], content)

describe('an image', () => {
  it('tells its kind, size and whether it moves', () => {
    const rows: readonly (readonly [Buffer, string])[] = [
      [png(chunk('IDAT', [0])), 'image/png 3x256 still'],
      [png(chunk('acTL', [0]), chunk('IDAT', [0])), 'image/png 3x256 moving'],
      [png(chunk('IDAT', [0]), chunk('acTL', [0])), 'image/png 3x256 still'],
      [gif(frame), 'image/gif 2x3 still'],
      [gif(bytes([0x21, 0xf9, 1, 0, 0]), frame, frame), 'image/gif 2x3 moving'],
      [riff('VP8X', [2, 0, 0, 0, 4, 0, 0, 5, 0, 0]), 'image/webp 5x6 moving'],
      [riff('VP8X', [0, 0, 0, 0, 4, 0, 0, 5, 0, 0]), 'image/webp 5x6 still'],
      [riff('VP8L', [0x2f, 4, 0x40, 1, 0]), 'image/webp 5x6 still'],
      [riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 5, 0, 6, 0]), 'image/webp 5x6 still'],
      [
        bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0], [0xff, 0xc2, 0, 11, 8, 0, 6, 0, 5, 3, 0, 0, 0]),
        'image/jpeg 5x6 still',
      ],
    ]
    for (const [content, expected] of rows) {
      const image = readImage(content)
      const motion = image?.isAnimated === true ? 'moving' : 'still'
      assert.equal(`${image?.type} ${image?.width}x${image?.height} ${motion}`, expected)
    }
  })

  it('is none without its beginning, and nothing fails on what comes after it', () => {
    assert.equal(readImage(Buffer.from('<svg/>')), undefined)
    assert.equal(readImage(Buffer.alloc(0)), undefined)
    const starts = [png(), gif(), riff('VP8X', []), bytes([0xff, 0xd8, 0xff])]
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.nat(40), fc.uint8Array(), (start, cut, rest) => {
        readImage(Buffer.concat([start.subarray(0, start.length - (cut % start.length)), rest]))
      }),
    )
  })
})
