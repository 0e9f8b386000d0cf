import type { Json } from '../../matrix/event.ts'
import { notFound, forbidden } from '../errors.ts'
import { dispositionOf, safeType } from '../media/disposition.ts'
import { maxFileBytes, type MediaFile } from '../media/media.ts'
import { asThumbnail, thumbnailOrder } from '../media/thumbnail.ts'
import { waitIn } from '../media/waiting.ts'
import { param, queried } from './fields.ts'
import { RawReply, type Call, type Handler, type Route } from './routes.ts'

const current = '/_matrix/client/v1/media'
const old = ['v3', 'r0', 'v1'].map((version) => `/_matrix/media/${version}`)

const file = '/download/:server/:mediaId'
const thumbnails = '/thumbnail/:server/:mediaId'

/** client-server-api#content-repository: with authentication, and as it was before that. */
export const mediaRoutes: readonly Route[] = [
  ...old.flatMap((base): Route[] => [
    { method: 'POST', path: `${base}/upload`, handle: upload },
    { method: 'PUT', path: `${base}/upload/:server/:mediaId`, handle: uploadTo },
    { method: 'POST', path: `${base}/create`, handle: create },
    { method: 'GET', path: `${base}/config`, handle: config },
    { method: 'GET', path: `${base}${file}`, handle: openly(download) },
    { method: 'GET', path: `${base}${file}/:name`, handle: openly(download) },
    { method: 'GET', path: `${base}${thumbnails}`, handle: openly(thumbnail) },
  ]),
  { method: 'GET', path: `${current}/config`, handle: config },
  { method: 'GET', path: `${current}${file}`, handle: download },
  { method: 'GET', path: `${current}${file}/:name`, handle: download },
  { method: 'GET', path: `${current}${thumbnails}`, handle: thumbnail },
]

function config(call: Call): Json {
  call.device()
  return { 'm.upload.size': maxFileBytes }
}

async function upload(call: Call): Promise<Json> {
  const { user } = call.device()
  const id = await call.people.media.upload(user, fileIn(call))
  return { content_uri: `mxc://${call.serverName}/${id}` }
}

async function uploadTo(call: Call): Promise<Json> {
  const { user } = call.device()
  if (param(call, 'server') !== call.serverName) throw forbidden('that is another server')
  await call.people.media.uploadTo(param(call, 'mediaId'), user, fileIn(call))
  return {}
}

function fileIn(call: Call): MediaFile {
  const name = queried(call, 'filename')
  const type = safeType(call.headers['content-type'])
  return { bytes: call.bytes, type, ...(name === undefined ? {} : { name }) }
}

function create(call: Call): Json {
  const { id, expires } = call.people.media.create(call.device().user)
  return { content_uri: `mxc://${call.serverName}/${id}`, unused_expires_at: expires }
}

/** Nobody has to say who he is, and other servers may ask to be told of this one's content only. */
function openly(handle: Handler): Handler {
  return (call) => {
    const isOwn = param(call, 'server') === call.serverName
    if (!isOwn && queried(call, 'allow_remote') === 'false')
      throw notFound('there is no such content here')
    return handle({ ...call, device: () => ({ user: '', id: '' }) })
  }
}

async function download(call: Call): Promise<RawReply> {
  call.device()
  const [server, id] = [param(call, 'server'), param(call, 'mediaId')]
  const waitMs = waitIn(queried(call, 'timeout_ms'))
  const { media, remoteMedia } = call.people
  const found =
    server === call.serverName
      ? await media.get(id, waitMs)
      : await remoteMedia.get({ server, id, waitMs })
  return shown(found, param(call, 'name'))
}

async function thumbnail(call: Call): Promise<RawReply> {
  call.device()
  const [server, id] = [param(call, 'server'), param(call, 'mediaId')]
  const waitMs = waitIn(queried(call, 'timeout_ms'))
  const order = thumbnailOrder((name) => queried(call, name))
  const { media, remoteMedia } = call.people
  if (server === call.serverName) return shown(asThumbnail(await media.get(id, waitMs), order, 413))
  const asked = ['width', 'height', 'method', 'animated'].flatMap((name) => {
    const value = queried(call, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const query = Object.fromEntries(asked)
  return shown(await remoteMedia.get({ server, id, waitMs, thumbnail: query }))
}

function shown({ bytes, type, name }: MediaFile, wanted = ''): RawReply {
  return new RawReply(bytes, {
    'content-type': type,
    'content-disposition': dispositionOf(type, wanted === '' ? name : wanted),
    'content-security-policy':
      "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  })
}
