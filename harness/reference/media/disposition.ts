/** client-server-api#serving-inline-content: what browsers show without running it. */
const shown = new Set([
  'text/css',
  'text/plain',
  'text/csv',
  'application/json',
  'application/ld+json',
  'image/jpeg',
  'image/gif',
  'image/png',
  'image/apng',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'audio/mp4',
  'audio/webm',
  'audio/aac',
  'audio/mpeg',
  'audio/ogg',
  'audio/wave',
  'audio/wav',
  'audio/x-wav',
  'audio/x-pn-wav',
  'audio/flac',
  'audio/x-flac',
])

const longest = 255
const typeForm =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[ \t]*;[ \t]*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[\w !#$&^.+:/-]*"))*$/
const unknownType = 'application/octet-stream'

/** A media type that may stand in a header as it is; what is none becomes bytes of an unknown kind. */
export const safeType = (type: string | undefined): string =>
  type !== undefined && type.length <= longest && typeForm.test(type) ? type : unknownType

/** Value of Content-Disposition (RFC 6266): nothing that a browser would run is shown in place. */
export function dispositionOf(type: string, name: string | undefined): string {
  const [essence = ''] = type.split(';')
  const kind = shown.has(essence.trim().toLowerCase()) ? 'inline' : 'attachment'
  if (name === undefined || name === '') return kind
  const short = Array.from(name).slice(0, longest).join('')
  if (/^[\w .+()-]+$/.test(short)) return `${kind}; filename="${short}"`
  return `${kind}; filename*=UTF-8''${escaped(short)}`
}

/** RFC 5987: less may stand as it is than in a URL. */
const escaped = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** The file's name in a Content-Disposition of another server, without any folder; undefined where there is none. */
export function nameIn(disposition: string | undefined): string | undefined {
  if (disposition === undefined || disposition.length > 4_096) return undefined
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1]
  const name = (extended === undefined ? undefined : unescaped(extended)) ?? plainIn(disposition)
  return name?.split(/[/\\]/).at(-1)
}

function plainIn(disposition: string): string | undefined {
  const found = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(disposition)
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2]
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
