import { MatrixError } from '../errors.ts'
import { readImage } from './image.ts'
import type { MediaFile } from './media.ts'

export interface ThumbnailOrder {
  readonly width: number
  readonly height: number
  readonly animated: boolean
}

/** Of an image that may stand for its own thumbnail. */
const maxThumbnailBytes = 10 * 1024 * 1024
const largestSide = 4_096

const cannot = (message: string): MatrixError => new MatrixError(400, 'M_UNKNOWN', message)

/** Reads the query of a thumbnail: M_MISSING_PARAM without a size, M_UNKNOWN for what makes no sense. */
export function thumbnailOrder(query: (name: string) => string | undefined): ThumbnailOrder {
  const [width, height] = ['width', 'height'].map((name) => {
    const value = query(name)
    if (value === undefined) throw new MatrixError(400, 'M_MISSING_PARAM', `${name} is missing`)
    if (!/^\d{1,5}$/.test(value) || Number(value) === 0) throw cannot(`${name} is no size`)
    return Math.min(Number(value), largestSide)
  })
  const method = query('method') ?? 'scale'
  if (method !== 'scale' && method !== 'crop') throw cannot('method is neither scale nor crop')
  return { width: width ?? 0, height: height ?? 0, animated: query('animated') === 'true' }
}

/**
 * The image itself, which is what client-server-api#thumbnails demands where it is smaller than what was asked for, and
 * allows where it is larger: a thumbnail must not be smaller than that, and nothing says how much larger it may be. So
 * no image has to be decoded, which is where the danger of foreign content lies. What moves must not be shown to who does
 * not want it, and is refused. M_UNKNOWN, M_TOO_LARGE (`status`: 413 for own content, 502 for that of others).
 */
export function asThumbnail(file: MediaFile, order: ThumbnailOrder, status: 413 | 502): MediaFile {
  const image = readImage(file.bytes)
  if (image === undefined) throw cannot('there is no thumbnail of that kind of content')
  if (file.bytes.length > maxThumbnailBytes)
    throw new MatrixError(status, 'M_TOO_LARGE', 'the image is too large for a thumbnail')
  if (image.isAnimated && !order.animated) throw cannot('there is no still image of this one')
  const { name } = file
  return { bytes: file.bytes, type: image.type, ...(name === undefined ? {} : { name }) }
}
