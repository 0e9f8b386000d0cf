import { InvalidArgumentError } from 'commander'
import type { Registration } from '../reference/client-api/registration.ts'

/** Values of flags as commander reads them. What they throw ends with exit code 2 and names the flag. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.')
  return Number(text)
}

export function seedNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff)
    throw new InvalidArgumentError('It is a whole number from 0 to 4294967295.')
  return Number(text)
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 1_000)
    throw new InvalidArgumentError('It is a number above 0, at most 1000.')
  return value
}

export const oneOf =
  <const Word extends string>(...words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((each) => each === text)
    if (word === undefined) throw new InvalidArgumentError(`It is one of: ${words.join(', ')}.`)
    return word
  }

/** A list of words with commas between. */
export const listOf =
  <const Word extends string>(...words: readonly Word[]) =>
  (text: string): readonly Word[] =>
    text.split(',').map((each) => oneOf(...words)(each.trim()))

/** `open`, `closed`, or `token:` with the token. */
export function registration(text: string): Registration {
  if (text === 'open' || text === 'closed') return { kind: text }
  const token = /^token:([\w.~-]{1,64})$/.exec(text)?.[1]
  if (token !== undefined) return { kind: 'token', token }
  throw new InvalidArgumentError(
    'It is open, closed, or token: and a token of up to 64 letters, digits, ., _, ~ and -.',
  )
}

/** An address by HTTP or HTTPS, without a slash at its end. */
export function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.href.replace(/\/$/, '')
  throw new InvalidArgumentError('It is an address as https://matrix.example.org.')
}

/** A flag that may be given more than once. */
export const repeated = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
]
