/** Control characters, invisible marks (among them those that turn the direction of writing), lone surrogates, and what XML cannot hold. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/gu

const escaped = (mark: string): string => {
  const code = (mark.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}

/** Text that a server may have chosen, made safe to print: what is not seen is written as `\u202e`; tab and line feed stay. */
export const visible = (text: string): string => text.replace(unseen, escaped)

/** The same on one line: line ends and tabs become spaces. */
export const oneLine = (text: string): string => visible(text.replace(/\s*[\n\r\t]\s*/g, ' '))
