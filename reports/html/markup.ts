import { visible } from '../visible.ts'

/** HTML that is safe to put into a page as it is. Only `html` and `raw` make it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template: markup as it is, texts and numbers escaped, nothing for undefined and false, lists one after the other. */
export type Content = Markup | string | number | undefined | false | readonly Content[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for attributes in quotes of either kind. Control characters and direction marks are shown, not obeyed. */
const escapeHtml = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (mark) => entities[mark] ?? mark)

const textOf = (content: Content): string => {
  if (content === undefined || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escapeHtml(content)
  if (typeof content === 'number') return String(content)
  return content.map(textOf).join('')
}

/** Every value is escaped unless it is markup already. Attributes must be in quotes. */
export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(parts.reduce((text, part, i) => text + textOf(values[i - 1]) + part))

/** Our own text that is markup already: style, script, packed data. Never anything from a server. */
export const raw = (text: string): Markup => new Markup(text)

/** With `separator` between them. */
export const joined = (items: readonly Content[], separator: Content): Content =>
  items.flatMap((item, i) => (i === 0 ? [item] : [separator, item]))
