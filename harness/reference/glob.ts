/**
 * Whether a text matches a pattern in which `*` stands for any number of characters and `one` (where it is not empty) for
 * exactly one. Linear in the length of both, whatever the pattern.
 */
export function globMatches(glob: string, text: string, one: '?' | '' = '?'): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let index = 0; index < text.length; ) {
    if (glob[at] === '*') {
      star = at
      resume = index
      at += 1
    } else if (at < glob.length && (glob[at] === one || glob[at] === text[index])) {
      at += 1
      index += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      index = resume
    } else return false
  }
  while (glob[at] === '*') at += 1
  return at === glob.length
}
