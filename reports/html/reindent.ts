import { isSecret } from '../redact.ts'

/** A piece of a line: JSON as it was sent, or a secret whose value stays out. */
export interface Piece {
  readonly text: string
  /** The name of the secret that this value is. */
  readonly secret?: string
}

export interface Line {
  readonly indent: number
  readonly pieces: readonly Piece[]
  /** JSON pointer of the value that begins on this line; undefined where one only ends. */
  readonly pointer: string | undefined
}

interface Container {
  readonly close: '}' | ']'
  readonly pointer: string
  key: string
  index: number
}

const maxDepth = 200
const lexeme = /\s+|"(?:[^"\\]+|\\[^])*"?|[{}[\],:]|[^\s"{}[\],:]+/y

/**
 * Sets JSON out on lines without touching its tokens, so that duplicate keys, odd numbers and escapes are seen as they
 * were sent. Text that breaks off is set out as far as it goes. Undefined for what is no JSON, or nested too deep.
 */
export const reindent = (text: string): readonly Line[] | undefined => {
  if (!/^\s*[{[]/.test(text)) return undefined
  const writer = new Writer()
  lexeme.lastIndex = 0
  for (let match = lexeme.exec(text); match !== null; match = lexeme.exec(text)) {
    if (!/^\s/.test(match[0]) && !writer.take(match[0])) return undefined
  }
  return writer.lines()
}

class Writer {
  #done: Line[] = []
  #stack: Container[] = []
  #pieces: Piece[] = []
  #pointer: string | undefined = ''
  #indent = 0
  /** Whether nothing has come since a container was opened. */
  #fresh = false
  #key = false

  /** False: this cannot be JSON. */
  take(token: string): boolean {
    if (this.#done.length > 0 && this.#stack.length === 0) return false
    if (token === '{' || token === '[') return this.#open(token)
    if (token === '}' || token === ']') return this.#close(token)
    if (token === ',') return this.#comma()
    if (token === ':') {
      this.#pieces.push({ text: ': ' })
      return true
    }
    return this.#scalar(token)
  }

  lines(): readonly Line[] {
    this.#flush()
    return this.#done
  }

  #flush(): void {
    if (this.#pieces.length > 0) {
      this.#done.push({ indent: this.#indent, pieces: this.#pieces, pointer: this.#pointer })
    }
    this.#pieces = []
  }

  /** The line of the next member, if one is about to begin. */
  #begin(): void {
    const top = this.#stack.at(-1)
    if (!this.#fresh || top === undefined) return
    this.#flush()
    this.#indent = this.#stack.length
    this.#pointer = `${top.pointer}/${top.index}`
    this.#key = top.close === '}'
    this.#fresh = false
  }

  #open(token: '{' | '['): boolean {
    this.#begin()
    if (this.#stack.length >= maxDepth) return false
    this.#pieces.push({ text: token })
    this.#stack.push({
      close: token === '{' ? '}' : ']',
      pointer: this.#pointer ?? '',
      key: '',
      index: 0,
    })
    this.#fresh = true
    return true
  }

  #close(token: string): boolean {
    const top = this.#stack.pop()
    if (top?.close !== token) return false
    if (this.#fresh && this.#pieces.length > 0) {
      this.#pieces.push({ text: token })
    } else {
      this.#flush()
      this.#indent = this.#stack.length
      this.#pointer = undefined
      this.#pieces.push({ text: token })
    }
    this.#fresh = false
    if (this.#stack.length === 0) this.#flush()
    return true
  }

  #comma(): boolean {
    const top = this.#stack.at(-1)
    if (top === undefined) return false
    this.#pieces.push({ text: ',' })
    top.index++
    this.#fresh = true
    return true
  }

  #scalar(token: string): boolean {
    this.#begin()
    const top = this.#stack.at(-1)
    if (top === undefined) return false
    if (this.#key) {
      this.#key = false
      top.key = unquoted(token)
      this.#pointer = `${top.pointer}/${top.key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      this.#pieces.push({ text: token })
    } else {
      const secret = top.close === '}' && isSecret(top.key)
      this.#pieces.push(secret ? { text: token, secret: top.key } : { text: token })
    }
    return true
  }
}

const unquoted = (token: string): string => {
  try {
    return String(JSON.parse(token))
  } catch {
    return token
  }
}
