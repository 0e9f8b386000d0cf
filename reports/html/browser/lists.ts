/** Filters, labels of cells, copying, export and printing. Plain JavaScript: see ../script.ts. */
export const lists = String.raw`
/** Rows of a filter with the text that is searched. @param {HTMLElement} root */
const rowsOf = (root) =>
  all('[data-rows]', root).flatMap((list) =>
    Array.from(/** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)).map((row) => ({
      row,
      counted: list.dataset.all !== undefined,
      text: (row.textContent + ' ' + (row.dataset.text || '')).toLowerCase(),
    })),
  )

/** Every word must occur in the row, every choice must equal the row's. @param {HTMLElement} form */
const filter = (form) => {
  const root = document.getElementById(form.dataset.filter || '')
  if (!root) return
  const rows = rowsOf(root)
  const apply = () => {
    const box = /** @type {HTMLInputElement} */ (one('input', form))
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean)
    const choices = /** @type {HTMLSelectElement[]} */ (all('select', form)).filter((select) => select.value)
    const active = words.length > 0 || choices.length > 0
    for (const { row, text } of rows) {
      row.hidden =
        !words.every((word) => text.includes(word)) ||
        choices.some((select) => row.dataset[select.name] !== select.value)
    }
    fold(root, active)
    const counted = rows.filter((row) => row.counted)
    const shown = counted.filter(({ row }) => !row.hidden).length
    const output = /** @type {HTMLElement} */ (one('output', form))
    output.textContent = active ? shown + ' of ' + counted.length + ' shown' : ''
  }
  form.hidden = false
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', apply)
}

/** While something is searched, chapters open on what is left of them, and empty lists lose their heading. @param {HTMLElement} root @param {boolean} active */
const fold = (root, active) => {
  for (const list of all('[data-rows]', root)) {
    const left = Array.from(list.children).some((row) => !(/** @type {HTMLElement} */ (row).hidden))
    const chapter = list.closest('details')
    if (chapter) {
      chapter.hidden = !left
      if (active && left && !chapter.open) chapter.dataset.opened = 'yes'
      if (active && left) chapter.open = true
      if (!active && chapter.dataset.opened) {
        chapter.open = false
        delete chapter.dataset.opened
      }
    } else if (list.previousElementSibling instanceof HTMLHeadingElement) list.previousElementSibling.hidden = !left
  }
}

/** Cells learn the name of their column, for the stacked form of tables on narrow screens. @param {HTMLElement} table */
const label = (table) => {
  const names = all('thead th', table).map((cell) => cell.textContent || '')
  for (const row of all('tbody tr', table)) {
    Array.from(row.children).forEach((cell, place) => {
      const isFull = cell.textContent && !cell.hasAttribute('colspan')
      if (place > 0 && isFull) cell.setAttribute('data-label', names[place] || '')
    })
  }
}

/** Copies the command beside a button; where the clipboard is closed, selects it instead. @param {HTMLElement} button */
const copy = async (button) => {
  const code = /** @type {HTMLElement} */ (button.previousElementSibling)
  try {
    await navigator.clipboard.writeText(code.textContent || '')
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  } catch {
    const selection = getSelection()
    if (selection) selection.selectAllChildren(code)
  }
}

/** Saves id, level and verdict of the requirements that the filter shows. */
const save = () => {
  const lines = all('#reqs tbody tr:not([hidden])').map((row) => [row.id, row.dataset.level, row.dataset.verdict].join('\t'))
  const link = document.createElement('a')
  link.href = 'data:text/tab-separated-values,' + encodeURIComponent(['id\tlevel\tverdict'].concat(lines).join('\n'))
  link.download = 'requirements.tsv'
  link.click()
}

/** What is folded is opened for the printer, and folded again. */
const unfoldForPrint = () => {
  /** @type {HTMLDetailsElement[]} */
  let opened = []
  addEventListener('beforeprint', () => {
    opened = /** @type {HTMLDetailsElement[]} */ (all('.page.shown details:not([open]), .page.told .block details:not([open])'))
    for (const details of opened) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false
  })
}
`
