import { dispositionOf } from '../media/disposition.ts'
import type { MediaFile } from '../media/media.ts'
import { encodeMultipart } from '../media/multipart.ts'
import { asThumbnail, thumbnailOrder } from '../media/thumbnail.ts'
import { waitIn } from '../media/waiting.ts'
import { type Handler, type Inbound, type Outcome, param } from './handler.ts'

/** server-server-api#get_matrixfederationv1mediadownloadmediaid: content of this server alone. */
export const mediaDownload: Handler = async ({ people }, inbound) => {
  const id = param(inbound, 'mediaId')
  return asMultipart(await people.media.get(id, waitIn(first(inbound, 'timeout_ms'))))
}

/** server-server-api#get_matrixfederationv1mediathumbnailmediaid */
export const mediaThumbnail: Handler = async ({ people }, inbound) => {
  const order = thumbnailOrder((name) => first(inbound, name))
  const id = param(inbound, 'mediaId')
  const file = await people.media.get(id, waitIn(first(inbound, 'timeout_ms')))
  return asMultipart(asThumbnail(file, order, 413))
}

const first = ({ query }: Inbound, name: string): string | undefined => query[name]?.[0]

function asMultipart({ bytes, type, name }: MediaFile): Outcome {
  const metadata = { headers: { 'Content-Type': 'application/json' }, bytes: Buffer.from('{}') }
  const headers = { 'Content-Type': type, 'Content-Disposition': dispositionOf(type, name) }
  const whole = encodeMultipart([metadata, { headers, bytes }])
  return { status: 200, headers: { 'content-type': whole.type }, bytes: whole.bytes }
}
