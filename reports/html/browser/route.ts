/** Shows the page that the address names, and unpacks its evidence first. Plain JavaScript: see ../script.ts. */
export const route = String.raw`
/** @param {string} sel @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (sel, root = document) => Array.from(root.querySelectorAll(sel))
/** @param {string} sel @param {ParentNode} [root] @returns {HTMLElement | undefined} */
const one = (sel, root = document) => all(sel, root)[0]

/** @param {string} base64 */
const inflate = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (mark) => mark.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).text()
}

/** @type {WeakMap<HTMLElement, Promise<void>>} */
const unpacked = new WeakMap()

/** Puts the evidence of a page into its place, once. @param {HTMLElement} page @returns {Promise<void>} */
const unpack = (page) => {
  const place = one('.dossier', page)
  if (!place) return Promise.resolve()
  const begun = unpacked.get(place)
  if (begun) return begun
  const pack = document.getElementById('pack/' + place.dataset.pack)
  const done = inflate((pack && pack.textContent) || '').then(
    (markup) => {
      // The report's own markup, in which everything from a server was escaped when it was made.
      place.innerHTML = markup
      for (const table of all('.stack', place)) label(table)
      for (const pic of all('.pic', place)) draw(pic)
    },
    (error) => {
      place.textContent = 'The evidence cannot be unpacked here: ' + error + '. A browser with DecompressionStream can.'
    },
  )
  unpacked.set(place, done)
  return done
}

/** @param {string} list as 3-14,17 @param {number} number */
const covers = (list, number) =>
  list.split(',').some((span) => {
    const ends = span.split('-').map(Number)
    return number >= (ends[0] || 0) && number <= (ends.length > 1 ? ends[1] || 0 : ends[0] || 0)
  })

/** The page that an address leads to, though its goal may still be packed. @param {string} id */
const pageOf = (id) => {
  const exchange = /^(?:exchange|row)\/(\d+)$/.exec(id)
  if (exchange) {
    const place = all('.dossier').find((box) => covers(box.dataset.exchanges || '', Number(exchange[1])))
    return place && place.closest('.page')
  }
  const goal = document.getElementById(id)
  if (goal) return goal.closest('.page')
  return all('.page').find((page) => id.startsWith(page.id + '/'))
}

const address = () => {
  const hash = location.hash.slice(1)
  try {
    return decodeURIComponent(hash)
  } catch {
    return hash
  }
}

/** One pane of a page at a time. @param {HTMLElement} page @param {Element | null} goal */
const showPane = (page, goal) => {
  const panes = all('.pane', page)
  const open = goal && goal.closest('.pane')
  const shown = panes.find((pane) => pane === open) || panes.find((pane) => !pane.hidden && pane.dataset.shown) || panes[0]
  for (const pane of panes) {
    pane.hidden = pane !== shown
    pane.dataset.shown = pane === shown ? 'yes' : ''
  }
  for (const link of all('.tabs a', page)) mark(link, Boolean(shown) && link.getAttribute('href') === '#' + (shown && shown.id))
}

/** @param {HTMLElement} link @param {boolean} here */
const mark = (link, here) => {
  if (here) link.setAttribute('aria-current', 'page')
  else link.removeAttribute('aria-current')
}

/** @param {boolean} moveFocus */
const show = async (moveFocus) => {
  const id = address()
  const found = pageOf(id)
  const page = /** @type {HTMLElement} */ (found || one('.page'))
  for (const other of all('.page')) other.classList.toggle('shown', other === page)
  for (const link of all('.nav a')) mark(link, link.getAttribute('href') === '#' + page.id)
  const title = one('h1', page)
  document.title = (title ? title.textContent : '') + ' · fedcheck'
  await unpack(page)
  if (id !== address()) return
  const goal = found ? document.getElementById(id) : null
  showPane(page, goal)
  reveal(goal, page, moveFocus)
}

/** Opens what is folded or filtered away around the goal and goes there. @param {HTMLElement | null} goal @param {HTMLElement} page @param {boolean} moveFocus */
const reveal = (goal, page, moveFocus) => {
  for (let up = /** @type {Element | null} */ (goal); up; up = up.parentElement) {
    if (up instanceof HTMLDetailsElement) up.open = true
    if (up instanceof HTMLElement && up.hidden) up.hidden = false
  }
  const isPage = !goal || goal === page
  if (isPage) scrollTo(0, 0)
  else goal.scrollIntoView()
  document.documentElement.dataset.ready = address() || 'overview'
  const rest = isPage ? one('h1', page) : goal.matches('details') ? one('summary', goal) : goal
  if (!moveFocus || !rest) return
  if (!rest.matches('a, summary')) rest.tabIndex = -1
  rest.focus({ preventScroll: true })
}
`
