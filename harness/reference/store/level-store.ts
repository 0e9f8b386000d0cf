import type { ClassicLevel } from 'classic-level'
import type { Json, Pdu } from '../../matrix/event.ts'
import { parentIds } from '../../matrix/references.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import { readWritten, writeJson } from '../../matrix/write-json.ts'
import { openFolder } from './folder.ts'
import { type Entry, RowReader, rowOf } from './level-index.ts'
import { LevelStates, lastState } from './level-states.ts'
import { LevelTable } from './level-table.ts'
import { Recent } from './recent.ts'
import type { Appearance, Kept, Node, Store, Table } from './store.ts'
import { isPlaced } from './store.ts'
import { StoreError } from './store-error.ts'
import { lastBatch, unsealed, Writer } from './writer.ts'

/** Characters of event text that are kept as parsed events. */
const maxRecent = 32 * 1024 * 1024

const eventKey = (eventId: string): string => `e${eventId}`
const rowKey = (row: number): string => `n${String(row).padStart(12, '0')}`

interface Loaded {
  readonly entries: Map<string, Entry>
  /** By table, then by key. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly lastRow: number
  readonly lastState: number
}

/**
 * A store in a folder (LevelDB), of which one process has the use at a time. In memory are tables whole, and of every node
 * what it takes to find its rows; events and states come from the disk when they are asked for, the latest from a cache.
 * It holds: e‹event id› the event, n‹row› what is thought of it, s‹number› states, t‹table›NUL‹key› values, b‹number› the
 * number of the last batch.
 */
export class LevelStore implements Store {
  readonly #database: ClassicLevel
  readonly #writer: Writer
  readonly #states: LevelStates
  readonly #entries: Map<string, Entry>
  readonly #stored: Loaded['tables']
  readonly #tables = new Map<string, LevelTable<Json>>()
  readonly #recent = new Recent<Node>(maxRecent)
  #lastRow: number

  /**
   * Opens the folder, and makes it where there is none.
   * @throws StoreError where it is not for us; then nothing in it has been changed
   */
  static async open(directory: string): Promise<LevelStore> {
    const database = await openFolder(directory)
    try {
      const writer = new Writer(database, await lastBatch(database))
      return new LevelStore(database, writer, await load(database))
    } catch (error) {
      await database.close()
      throw error instanceof StoreError
        ? error
        : new StoreError('damaged', `${directory} cannot be read: ${String(error)}`, error)
    }
  }

  private constructor(database: ClassicLevel, writer: Writer, loaded: Loaded) {
    this.#database = database
    this.#writer = writer
    this.#states = new LevelStates(writer, loaded.lastState)
    this.#entries = loaded.entries
    this.#stored = loaded.tables
    this.#lastRow = loaded.lastRow
  }

  get(eventId: string): Node | undefined {
    const recent = this.#recent.get(eventId)
    if (recent !== undefined) return recent
    const entry = this.#entries.get(eventId)
    if (entry === undefined) return undefined
    const text = this.#writer.read(eventKey(eventId))
    if (text === undefined) throw new StoreError('damaged', `the event ${eventId} is missing`)
    const node = this.#nodeOf(entry, text)
    this.#recent.set(eventId, node, text.length)
    return node
  }

  #nodeOf(entry: Entry, text: string): Node {
    const { eventId: id, roomId, version, before, after } = entry
    const pdu: Pdu = version.strictJson ? JSON.parse(text) : readWritten(text)
    const node: Node = {
      event: { id, roomId, version, pdu },
      standing: entry.standing,
      ...(entry.refusal === undefined ? {} : { refusal: entry.refusal }),
      ...(entry.isTold ? { isTold: true } : {}),
    }
    if (!entry.isPlaced) return node
    const states = this.#states
    return {
      ...node,
      get before() {
        return states.state(before)
      },
      get after() {
        return states.state(after)
      },
    }
  }

  put(node: Node, isEdge?: boolean): void {
    const { event } = node
    const known = this.#entries.get(event.id)
    const text = writeJson(event.pdu)
    this.#writer.put(eventKey(event.id), text)
    this.#recent.set(event.id, node, text.length)
    this.#enter({
      row: this.#rowFor(known, isPlaced(node)),
      eventId: event.id,
      roomId: known?.roomId ?? event.roomId,
      version: event.version,
      time: event.pdu.origin_server_ts,
      depth: event.pdu.depth,
      standing: node.standing,
      ...(node.refusal === undefined ? {} : { refusal: node.refusal }),
      isTold: node.isTold === true,
      isEdge: isEdge ?? known?.isEdge ?? false,
      ...this.#place(node),
      ...(known?.appearance === undefined ? {} : { appearance: known.appearance }),
    })
  }

  /** A new one for a node that is new or that has got its place: rows are in the order of that. */
  #rowFor(known: Entry | undefined, hasPlace: boolean): number {
    if (known !== undefined && (known.isPlaced || !hasPlace)) return known.row
    if (known !== undefined) this.#writer.delete(rowKey(known.row))
    this.#lastRow += 1
    return this.#lastRow
  }

  #place(node: Node): Pick<Entry, 'before' | 'after' | 'isPlaced'> {
    if (!isPlaced(node)) return { before: -1, after: -1, isPlaced: false }
    const [parent] = parentIds(node.event)
    const around = parent === undefined ? undefined : this.get(parent)?.after
    const before = this.#states.numberOf(node.before, around)
    return { before, after: this.#states.numberOf(node.after, node.before), isPlaced: true }
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.eventId, entry)
    this.#writer.put(rowKey(entry.row), () => rowOf(this.#entries.get(entry.eventId) ?? entry))
  }

  show(eventId: string, appearance: Appearance): void {
    const entry = this.#entries.get(eventId)
    if (entry === undefined) throw new RangeError(`${eventId} was not put`)
    this.#enter({ ...entry, appearance })
  }

  numberOf(state: StateMap, like?: StateMap): number {
    return this.#states.numberOf(state, like)
  }

  state(number: number): StateMap {
    return this.#states.state(number)
  }

  table<Value extends Json>(name: string): Table<Value> {
    const table =
      this.#tables.get(name) ?? new LevelTable(name, this.#writer, this.#stored.get(name))
    this.#tables.set(name, table)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's owner alone writes to it
    return table as unknown as Table<Value>
  }

  kept(): Iterable<Kept> {
    return this.#entries.values()
  }

  durable(): Promise<void> {
    return this.#writer.durable()
  }

  /** Writes what waits, and lets others have the folder. */
  async close(): Promise<void> {
    try {
      await this.#writer.durable()
    } finally {
      await this.#database.close()
    }
  }
}

async function load(database: ClassicLevel): Promise<Loaded> {
  const entries = new Map<string, Entry>()
  const reader = new RowReader()
  let lastRow = 0
  await eachRow(database, 'n', (key, text) => {
    lastRow = Number(key.slice(1))
    const entry = reader.entry(lastRow, text)
    entries.set(entry.eventId, entry)
  })
  const tables = new Map<string, Map<string, string>>()
  await eachRow(database, 't', (key, text) => {
    const end = key.indexOf('\0')
    const name = key.slice(1, end)
    const table = tables.get(name) ?? new Map<string, string>()
    tables.set(name, table.set(key.slice(end + 1), text))
  })
  return { entries, tables, lastRow, lastState: await lastState(database) }
}

async function eachRow(
  database: ClassicLevel,
  prefix: string,
  take: (key: string, text: string) => void,
): Promise<void> {
  const rows = database.iterator({ gte: prefix, lt: String.fromCharCode(prefix.charCodeAt(0) + 1) })
  try {
    for (;;) {
      const page = await rows.nextv(pageRows)
      if (page.length === 0) return
      for (const [key, stored] of page) take(key, unsealed(stored, key))
    }
  } finally {
    await rows.close()
  }
}

const pageRows = 5_000
