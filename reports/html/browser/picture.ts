/** The sequence picture under pointer and keyboard, and the start of it all. Plain JavaScript: see ../script.ts. */
export const picture = String.raw`
/** One tab stop; arrow keys walk. Details are read from the table twin, so the two cannot disagree. @param {HTMLElement} pic */
const draw = (pic) => {
  const marks = all('.x', pic)
  const peek = one('.peek', pic)
  /** @param {HTMLElement} mark */
  const select = (mark) => {
    for (const other of marks) {
      other.classList.toggle('on', other === mark)
      other.setAttribute('tabindex', other === mark ? '0' : '-1')
    }
    if (peek) tell(peek, document.getElementById(mark.dataset.row || ''))
  }
  for (const mark of marks) {
    mark.addEventListener('pointerenter', () => select(mark))
    mark.addEventListener('focus', () => select(mark))
  }
  pic.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
    const place = marks.findIndex((mark) => mark === document.activeElement)
    const next = marks[place + (step || 0)]
    if (!step || place < 0 || !next) return
    event.preventDefault()
    next.focus()
  })
  const first = marks.find((mark) => mark.classList.contains('bad')) || marks[0]
  if (first) select(first)
}

/** @param {HTMLElement} peek @param {HTMLElement | null} row */
const tell = (peek, row) => {
  const title = one('h3', peek)
  const list = one('dl', peek)
  if (!row || !title || !list) return
  peek.hidden = false
  title.textContent = 'Exchange ' + (row.children[0] ? row.children[0].textContent : '')
  const cells = all('[data-label]', row)
  list.replaceChildren(
    ...cells.flatMap((cell) => {
      const name = document.createElement('dt')
      const value = document.createElement('dd')
      name.textContent = cell.dataset.label || ''
      value.textContent = cell.textContent
      return [name, value]
    }),
  )
}

const start = () => {
  for (const form of all('form[data-filter]')) filter(form)
  for (const table of all('.stack')) label(table)
  unfoldForPrint()
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    if (button && button.dataset.copy !== undefined) void copy(button)
    if (button && button.dataset.export !== undefined) save()
  })
  addEventListener('keydown', (event) => {
    const inField = event.target instanceof Element && event.target.closest('input, select, textarea')
    const box = one('.page.shown input[type="search"]')
    if (event.key !== '/' || inField || !box || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    box.focus()
  })
  addEventListener('hashchange', () => void show(true))
  void show(false)
}

document.documentElement.classList.add('js')
addEventListener('DOMContentLoaded', start)
`
