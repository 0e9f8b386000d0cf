/**
 * The page's only script: JavaScript in text, as in the report (decision 0005). It asks its own server again and again
 * and puts what it hears into the page as text, never as markup. A test gives it to the compiler.
 */
export const script = String.raw`'use strict';(() => {
const everyMs = 2000
const rowHeight = 30
const laneWidth = 18
/** @param {string} id */
const the = (id) => {
  const found = document.getElementById(id)
  if (found === null) throw new Error('no ' + id)
  return found
}
/** Control characters and direction marks are shown, not obeyed. @param {unknown} value */
const plain = (value) => String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (mark) =>
  mark === '\n' ? mark : '\\u' + (mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0'))
/** @param {string} tag @param {string} className @param {...(string | number | Node)} inside */
const make = (tag, className, ...inside) => {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  for (const one of inside) made.append(one instanceof Node ? one : plain(one))
  return made
}
/** Lets the page alone where nothing has changed, so that who reads or selects is not disturbed. @type {Map<string, string>} */
const drawn = new Map()
/** @param {string} id @param {unknown} value @param {() => readonly Node[]} draw */
const show = (id, value, draw) => {
  const text = JSON.stringify(value)
  if (drawn.get(id) === text) return
  drawn.set(id, text)
  the(id).replaceChildren(...draw())
}
/** @param {number} columns @param {string} words */
const nothing = (columns, words) => {
  const cell = make('td', 'empty', words)
  cell.setAttribute('colspan', String(columns))
  return make('tr', '', cell)
}
/** @param {number} shown @param {number} all */
const counted = (shown, all) => shown < all ? shown + ' of ' + all : String(all)

/** @typedef {{ id: string, name: string, version: string, events: number, heads: number, members: number, servers: number }} RoomLine */
/** @typedef {{ server: string, waiting: number, failure?: string }} QueueLine */
/** @typedef {Record<string, string | number>} Entry */
/** @typedef {{ name: string, roomCount: number, rooms: RoomLine[], queueCount: number, queues: QueueLine[], others: Entry[], clients: Entry[], faults: number }} Overview */
/** @typedef {{ id: string, type: string, stateKey?: string, sender: string, depth: number, time: number, content: string }} EventLine */
/** @typedef {EventLine & { parents: string[], standing: string, isHead: boolean, refusal?: string }} GraphLine */
/** @typedef {{ id: string, name: string, version: string, events: number, graph: GraphLine[], stateCount: number, state: EventLine[] }} RoomView */

let whose = 'others'
/** @type {Overview | undefined} */
let last

/** @param {RoomLine} room */
const roomRow = (room) => {
  const link = document.createElement('a')
  link.href = '#room=' + encodeURIComponent(room.id)
  link.append(plain(room.name === '' ? room.id : room.name))
  const title = make('td', '', link)
  if (room.name !== '') title.append(make('small', '', make('code', '', room.id)))
  const version = make('td', '', room.version)
  version.dataset.label = 'version'
  const numbers = Object.entries({ events: room.events, heads: room.heads, members: room.members, servers: room.servers })
  return make('tr', '', title, version, ...numbers.map(([label, count]) => {
    const cell = make('td', 'num', count)
    cell.dataset.label = count === 1 ? label.slice(0, -1) : label
    return cell
  }))
}
/** @param {QueueLine} queue */
const queueRow = (queue) =>
  make('tr', '', make('td', '', make('code', '', queue.server)), make('td', 'num', queue.waiting),
    queue.failure === undefined ? make('td', '', 'arrived') : make('td', 'bad', queue.failure))
/** @param {Overview} seen */
const entryRow = (seen) => /** @param {Entry} entry */ (entry) => {
  const time = make('td', 'short', String(entry.time).slice(11, 19))
  if (entry.kind !== 'exchange') {
    const said = make('td', entry.level === 'error' ? 'bad' : 'dim', entry.text ?? entry.act ?? '')
    said.setAttribute('colspan', '4')
    return make('tr', '', time, said)
  }
  const sent = entry.from === seen.name
  const other = sent ? '→ ' + entry.to : '← ' + (entry.from === '?' ? 'unsigned' : entry.from)
  const request = make('td', 'request', make('code', '', entry.method === '' ? '(no request)' : entry.method + ' ' + entry.path))
  if (entry.error !== undefined) request.append(make('small', '', entry.error))
  const good = typeof entry.status === 'number' && entry.status < 400
  return make('tr', '', time, make('td', 'with', other), request, make('td', good ? 'short' : 'short bad', entry.status ?? ''), make('td', 'num', entry.ms ?? ''))
}
/** @param {Overview} seen */
const showOverview = (seen) => {
  the('name').textContent = plain(seen.name)
  document.title = plain(seen.name) + ' – fedcheck serve'
  the('room-count').textContent = counted(seen.rooms.length, seen.roomCount)
  the('queue-count').textContent = counted(seen.queues.length, seen.queueCount)
  show('rooms', seen.rooms, () => seen.rooms.length === 0 ? [nothing(6, 'none yet')] : seen.rooms.map(roomRow))
  show('queues', seen.queues, () => seen.queues.length === 0 ? [nothing(3, 'nothing was sent to anybody yet')] : seen.queues.map(queueRow))
  const entries = whose === 'clients' ? seen.clients : seen.others
  show('exchanges', entries, () => entries.length === 0 ? [nothing(5, 'none yet')] : entries.map(entryRow(seen)))
}

/** Where each event stands: the newest on top, a lane for each line of descent. @param {GraphLine[]} graph */
const placesOf = (graph) => {
  /** @type {(string | undefined)[]} */
  const lanes = []
  const known = new Set(graph.map(({ id }) => id))
  const rows = graph.map((event, row) => {
    let lane = lanes.indexOf(event.id)
    if (lane < 0) lane = lanes.includes(undefined) ? lanes.indexOf(undefined) : lanes.length
    lanes.forEach((awaited, index) => { if (awaited === event.id) lanes[index] = undefined })
    lanes[lane] = undefined
    for (const [index, parent] of event.parents.filter((id) => known.has(id)).entries()) {
      if (lanes.includes(parent)) continue
      const free = index === 0 ? lane : lanes.findIndex((one, at) => one === undefined && at !== lane)
      lanes[free < 0 ? lanes.length : free] = parent
    }
    return { event, x: 12 + lane * laneWidth, y: row * rowHeight + rowHeight / 2 }
  })
  return { rows, width: 16 + Math.max(1, lanes.length) * laneWidth }
}
/** @param {string} tag @param {Record<string, string | number>} attributes */
const svg = (tag, attributes) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  return made
}
/** @param {GraphLine[]} graph */
const picture = (graph) => {
  const { rows, width } = placesOf(graph)
  const height = rows.length * rowHeight
  const drawing = svg('svg', { width, height, role: 'img', 'aria-label': 'Graph of the newest events; the list beside it names them' })
  const places = new Map(rows.map(({ event, x, y }) => [event.id, { x, y }]))
  for (const { event, x, y } of rows) {
    for (const parent of event.parents) {
      const to = places.get(parent)
      if (to === undefined) drawing.append(svg('path', { class: 'out', d: 'M' + x + ' ' + y + 'v' + rowHeight * 0.6 }))
      else if (to.x === x) drawing.append(svg('path', { d: 'M' + x + ' ' + y + 'V' + to.y }))
      else {
        const bend = to.y > y ? rowHeight * 0.8 : -rowHeight * 0.8
        const line = to.x < x ? 'M' + x + ' ' + y + 'V' + (to.y - bend) + 'Q' + x + ' ' + to.y + ' ' + to.x + ' ' + to.y
          : 'M' + x + ' ' + y + 'Q' + to.x + ' ' + y + ' ' + to.x + ' ' + (y + bend) + 'V' + to.y
        drawing.append(svg('path', { d: line }))
      }
    }
  }
  for (const { event, x, y } of rows) {
    if (event.isHead) drawing.append(svg('circle', { class: 'ring', cx: x, cy: y, r: 8 }))
    const kind = event.isHead ? 'head' : event.standing
    if (event.standing === 'rejected') drawing.append(svg('rect', { class: kind, x: x - 5, y: y - 5, width: 10, height: 10 }))
    else drawing.append(svg('circle', { class: kind, cx: x, cy: y, r: event.standing === 'outlier' ? 3 : 5 }))
  }
  return [drawing]
}
/** @param {EventLine & Partial<GraphLine>} event */
const tell = (event) => {
  const list = make('dl', '')
  const facts = { Event: event.id, Sender: event.sender, 'State key': event.stateKey, Standing: event.standing, Refused: event.refusal, Depth: event.depth, Sent: new Date(event.time).toLocaleString(), Parents: event.parents?.join(' ') }
  for (const [name, value] of Object.entries(facts))
    if (value !== undefined) list.append(make('dt', '', name), make('dd', '', make('code', '', value)))
  const dialog = document.createElement('dialog')
  const close = make('button', '', 'Close')
  close.addEventListener('click', () => dialog.close())
  dialog.append(make('h2', '', event.type), list, make('pre', '', event.content), close)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
/** @param {GraphLine} event */
const eventRow = (event) => {
  const key = event.stateKey === undefined || event.stateKey === '' ? '' : ' ' + event.stateKey
  const button = make('button', event.standing, make('span', 'type', event.type + key), make('span', 'who', event.sender), make('span', 'depth', event.depth))
  button.title = plain(event.type + key + ' by ' + event.sender + (event.refusal === undefined ? '' : ', refused: ' + event.refusal))
  button.addEventListener('click', () => tell(event))
  return make('li', '', button)
}
/** @param {EventLine} event */
const stateRow = (event) => {
  const link = document.createElement('a')
  link.href = location.hash
  link.append(plain(event.type))
  link.addEventListener('click', (click) => { click.preventDefault(); tell(event) })
  return make('tr', '', make('td', '', link), make('td', '', make('code', '', event.stateKey ?? '')), make('td', '', make('code', '', event.sender)), make('td', 'num', event.depth))
}
/** @param {RoomView} room */
const showRoom = (room) => {
  the('room-name').textContent = plain(room.name === '' ? 'Room without a name' : room.name)
  the('room-id').textContent = plain(room.id)
  the('room-facts').textContent = '· version ' + plain(room.version) + ' · ' + room.events + ' events'
  const graph = room.graph.toSorted((a, b) => b.depth - a.depth)
  show('picture', graph, () => picture(graph))
  show('events', graph, () => graph.map(eventRow))
  the('state-count').textContent = counted(room.state.length, room.stateCount)
  show('state', room.state, () => room.state.map(stateRow))
}

const chosen = () => /^#room=(.+)$/.exec(location.hash)?.[1]
/** @param {string} from */
const ask = async (from) => {
  const answer = await fetch(from, { cache: 'no-store' })
  if (!answer.ok) throw new Error('answer ' + answer.status)
  return answer.json()
}
/** @param {string} words @param {string} state */
const tellLive = (words, state) => {
  const live = the('live')
  if (live.textContent !== words) live.textContent = words
  live.className = state
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let turn = 0
const look = async () => {
  clearTimeout(timer)
  turn += 1
  const mine = turn
  const room = chosen()
  try {
    /** @type {Overview} */
    const seen = await ask('overview.json')
    /** @type {RoomView | undefined} */
    const view = room === undefined ? undefined : await ask('room.json?id=' + room)
    if (mine !== turn) return
    last = seen
    showOverview(seen)
    if (view !== undefined) showRoom(view)
    the('overview').hidden = room !== undefined
    the('room').hidden = room === undefined
    tellLive(seen.faults === 0 ? 'live' : 'live, ' + seen.faults + ' faults of its own: see its log', seen.faults === 0 ? 'on' : 'lost')
  } catch (error) {
    if (mine === turn) tellLive('no answer: ' + (error instanceof Error ? error.message : error), 'lost')
  }
  document.documentElement.dataset.ready = location.hash
  if (mine === turn) timer = setTimeout(look, everyMs)
}
/** @param {string} id */
const choose = (id) => the('show-' + id).addEventListener('click', () => {
  whose = id
  for (const one of ['others', 'clients']) the('show-' + one).setAttribute('aria-pressed', String(one === id))
  if (last !== undefined) showOverview(last)
})
choose('others')
choose('clients')
addEventListener('hashchange', () => { scrollTo(0, 0); void look() })
document.addEventListener('visibilitychange', () => { if (document.hidden) clearTimeout(timer); else void look() })
void look()
})()`
