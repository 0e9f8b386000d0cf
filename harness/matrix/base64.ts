const unpadded = /^[A-Za-z0-9+/]*$/

const view = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Unpadded base64 of the standard alphabet (appendices#unpadded-base64). */
export function encodeBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64').replace(/=+$/, '')
}

/** Unpadded base64 of the URL-safe alphabet. */
export const encodeBase64Url = (bytes: Uint8Array): string => view(bytes).toString('base64url')

/** Reads the standard alphabet, padded or not, as the clause recommends; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 1 && unpadded.test(text)) return Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (padding > 0 && text.length % 4 !== 0) return undefined
  const digits = text.slice(0, text.length - padding)
  if (digits.length % 4 === 1 || !unpadded.test(digits)) return undefined
  return Buffer.from(digits, 'base64')
}
