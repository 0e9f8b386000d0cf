import type { Exchange, FabricFact } from '../../harness/journal/exchange.ts'
import { fateOf } from '../failure.ts'
import { count, seconds } from '../words.ts'
import { html, type Content, type Markup } from './markup.ts'
import type { Cast } from './names.ts'
import type { Band, Row, Sequence } from './sequence.ts'

export interface PictureContext {
  readonly cast: Cast
  /** What each exchange carries: `send topic-a`. */
  readonly labels: ReadonlyMap<number, string>
  readonly offending: ReadonlySet<number>
  readonly from: number
  readonly to: number
}

/** x is in per cent and y in pixels, so lanes spread with the page and type keeps its size. */
const firstLane = 20
const lastLane = 88
const top = 58
const rowHeight = 31
const tickHeight = 30
const bottom = 12

/** Lanes are servers, time runs down, arrows are exchanges; what was cut ends in a cross. Rows `from` to `to` only. */
export const pictureOf = (sequence: Sequence, context: PictureContext): Markup => {
  const { cast, from, to } = context
  const rows = sequence.rows.slice(from, to)
  const starts: number[] = []
  let y = top
  for (const row of rows) {
    starts.push(y)
    y += row.kind === 'tick' ? tickHeight : rowHeight
  }
  const height = y + bottom
  const yOf = (place: number) => (place < from ? top : (starts[place - from] ?? y))
  const arrows = rows.filter(({ kind }) => kind === 'arrow').length
  const many =
    cast.servers.length > 4 && html` class="${cast.servers.length > 8 ? 'crowd' : 'many'}"`
  return html`<div class="scroll"><svg${many} height="${height}" role="group" aria-label="Sequence: ${count(arrows, 'exchange')} between ${count(cast.servers.length, 'server')}, time runs downwards. The table below says the same.">
${sequence.bands.map((band) => bandView(band, cast, { from, to, yOf }))}
${cast.servers.map((server) => lane(server, cast, height))}
${rows.map((row, i) => rowView(row, starts[i] ?? top, context))}
</svg></div>`
}

const laneX = (server: string, { servers }: Cast): number => {
  const place = servers.indexOf(server)
  if (servers.length === 1) return (firstLane + lastLane) / 2
  return firstLane + (place * (lastLane - firstLane)) / (servers.length - 1)
}

const percent = (x: number): string => `${Number(x.toFixed(2))}%`

const lane = (server: string, cast: Cast, height: number): Markup => {
  const x = percent(laneX(server, cast))
  const name = cast.nameOf(server)
  const [host, port] = splitPort(name === server ? '' : server)
  return html`<line class="lane${cast.isTarget(server) && ' judged'}" x1="${x}" x2="${x}" y1="46" y2="${height}"/><text class="h mid" x="${x}" y="13">${name}</text><text class="sub mid" x="${x}" y="27">${host.slice(0, 24)}</text>${port !== undefined && html`<text class="sub mid" x="${x}" y="39">:${port}</text>`}`
}

const splitPort = (server: string): [host: string, port?: string] => {
  const match = /^(.*):(\d+)$/.exec(server)
  return match === null ? [server] : [match[1] ?? '', match[2] ?? '']
}

interface Frame {
  readonly from: number
  readonly to: number
  readonly yOf: (place: number) => number
}

const bandView = (band: Band, cast: Cast, { from, to, yOf }: Frame): Content => {
  const end = band.to ?? Infinity
  if (band.from >= to || end < from) return undefined
  const xs = band.servers.map((server) => laneX(server, cast)).toSorted((a, b) => a - b)
  const [left = 0, right = 0] = xs
  const y = yOf(band.from) + (band.from < from ? 0 : tickHeight - 10)
  const bottomY = yOf(Math.min(end, to)) + (end < to ? tickHeight - 10 : 0)
  return html`<rect class="band" x="${percent(left)}" width="${percent(right - left)}" y="${y}" height="${Math.max(4, bottomY - y)}"><title>${band.rule}: ${band.fault}</title></rect>`
}

const rowView = (row: Row, y: number, context: PictureContext): Markup =>
  row.kind === 'tick'
    ? tickView(row.fact, y, context.cast)
    : arrowView(row.exchange, row.times, y, context)

/** `target, peer: refuse`, as it stands in picture and table. */
export const faultWords = (fact: FabricFact, cast: Cast): string => {
  const names = [...new Set(fact.links.flat())].map((server) => cast.nameOf(server))
  if (fact.act === 'end')
    return `${fact.rule} ends${fact.hits === undefined ? '' : `, hit ${count(fact.hits, 'exchange')}`}`
  return `${fact.rule} begins: ${fact.fault}${names.length > 0 ? ` between ${names.join(', ')}` : ''}`
}

const tickView = (fact: FabricFact, y: number, cast: Cast): Markup =>
  html`<line class="tick" x1="20" x2="100%" y1="${y + tickHeight - 10}" y2="${y + tickHeight - 10}"/><text class="t" y="${y + tickHeight - 14}">${seconds(fact.at)}</text><text class="mid tickword" x="54%" y="${y + tickHeight - 14}">${faultWords(fact, cast)}</text>`

const arrowView = (
  exchange: Exchange,
  times: number,
  y: number,
  context: PictureContext,
): Markup => {
  const { cast, labels, offending } = context
  const { id, from, to } = exchange
  const label = (labels.get(id) ?? '').slice(0, 30)
  const fate = fateOf(exchange)
  const classes = [
    'x',
    offending.has(id) && 'bad',
    exchange.ending !== 'answered' && 'drop',
    exchange.fault !== undefined && 'held',
  ].filter(Boolean)
  const [x1, x2] = [laneX(from, cast), laneX(to, cast)]
  return html`<a class="${classes.join(' ')}" href="#exchange/${id}" data-row="row/${id}" aria-label="Exchange ${id}: ${cast.nameOf(from)} to ${cast.nameOf(to)}, ${label}, ${fate}${offending.has(id) && ', offending'}"><rect y="${y}"/>${from === to ? stub(x1, y) : shaft(exchange, [x1, x2], y)}<text class="t" y="${y + 20}">${seconds(exchange.startedAt)}</text><text class="label" x="${percent(labelX(x1, x2, cast))}" y="${y + 14}">${id} ${label}${times > 1 && html`<tspan> ×${times}</tspan>`}${fate !== '200' && html`<tspan class="fate"> · ${fate}</tspan>`}</text></a>`
}

/** In the gap beside the sender, so that it does not lie on a lane. */
const labelX = (x1: number, x2: number, { servers }: Cast): number => {
  const gap = servers.length > 1 ? (lastLane - firstLane) / (servers.length - 1) : 0
  if (x1 === x2) return x1 > 60 ? x1 - 18 : x1 + 18
  return x1 + (Math.sign(x2 - x1) * gap) / 2
}

const stub = (x: number, y: number): Markup =>
  html`<svg x="${percent(x)}" y="${y + 16}"><path class="self" d="M0 0h22v10h-20"/></svg>`

const shaft = (exchange: Exchange, [x1, x2]: [number, number], y: number): Markup => {
  const [y1, y2] = [y + 16, y + 25]
  if (exchange.ending === 'answered') {
    return html`<line x1="${percent(x1)}" y1="${y1}" x2="${percent(x2)}" y2="${y2}"/>`
  }
  const stop = x1 + (x2 - x1) * 0.85
  return html`<line class="part" x1="${percent(x1)}" y1="${y1}" x2="${percent(stop)}" y2="${y2 - 2}"/><svg x="${percent(stop)}" y="${y2 - 2}"><path class="cross" d="M-5-5 5 5M-5 5 5-5"/></svg>`
}
