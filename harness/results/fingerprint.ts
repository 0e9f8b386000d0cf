const placeholders: readonly (readonly [RegExp, string])[] = [
  [/\$[\w+-]{20,}(?::[\w.[\]:-]+)?/g, '<event>'],
  [/![\w-]{43}(?![\w:-])/g, '<room>'],
  [/[!@#][^\s:,;()"'`]+:[\w.[\]-]+(?::\d+)?/g, '<id>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\blocalhost:\d+|\[[\da-f:]+\]:\d+/gi, '<server>'],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '<time>'],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|seconds|milliseconds)\b/g, '<time>'],
  [/(?<![\w+/-])(?=[\w+/-]*[A-Z])(?=[\w+/-]*\d)(?:[\w+/-]{43}){1,2}={0,2}(?![\w+/-])/g, '<bytes>'],
  [/\b\d{6,}\b/g, '<number>'],
  [/ and \d+ more\b/g, ''],
]

const limit = 160

/** A failure's message without what differs from run to run (ids, servers, ports, times), so that the baseline knows it again. */
export function fingerprint(message: string): string {
  let text = message.normalize('NFC')
  for (const [pattern, placeholder] of placeholders) text = text.replace(pattern, placeholder)
  const parts = text.replace(/\s+/g, ' ').trim().split(', ')
  return [...new Set(parts)].join(', ').slice(0, limit)
}
