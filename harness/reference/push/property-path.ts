/** appendices#dot-separated-property-paths: a backslash keeps a dot or a backslash. */
export function pathOf(text: string): readonly string[] {
  const path = ['']
  for (let at = 0; at < text.length; at += 1) {
    const [sign = '', next = ''] = [text[at], text[at + 1]]
    if (sign === '\\' && (next === '.' || next === '\\')) {
      path[path.length - 1] += next
      at += 1
    } else if (sign === '.') path.push('')
    else path[path.length - 1] += sign
  }
  return path
}
