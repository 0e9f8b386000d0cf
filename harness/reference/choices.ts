import { createHash } from 'node:crypto'
import type { OperationName } from '../wire/endpoints.ts'
import type { Parts } from './parts.ts'
import { answering, listIn } from './quirks/rewrite.ts'
import { seededRandom } from './random.ts'

/**
 * Picks by a seed. Every kind of choice has a sequence of its own, so that what is picked at the third time of one kind does
 * not hang on how often others came in between.
 */
export class Lots {
  readonly #seed: number
  readonly #sequences = new Map<string, () => number>()

  constructor(seed: number) {
    this.#seed = seed
  }

  /** A whole number from 1 to `most`; every second time `most` itself. */
  upTo(most: number, kind: string): number {
    const random = this.#sequence(kind)
    const isAll = random() < 0.5
    const part = Math.ceil(random() * most)
    return isAll ? most : Math.max(1, part)
  }

  /** The same things in another order. */
  order<T>(list: readonly T[], kind: string): readonly T[] {
    const random = seededRandom(Math.floor(this.#sequence(kind)() * 2 ** 32))
    return list
      .map((one) => ({ one, place: random() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ one }) => one)
  }

  #sequence(kind: string): () => number {
    const known = this.#sequences.get(kind)
    if (known !== undefined) return known
    const digest = createHash('sha256').update(`${this.#seed} ${kind}`).digest()
    const made = seededRandom(digest.readUInt32BE(0))
    this.#sequences.set(kind, made)
    return made
  }
}

/** Lists of answers that have no order by the specification. */
const unordered: readonly (readonly [OperationName, readonly string[]])[] = [
  ['sendJoin', ['state', 'auth_chain', 'servers_in_room']],
  ['sendKnock', ['knock_room_state']],
  ['state', ['pdus', 'auth_chain']],
  ['stateIds', ['pdu_ids', 'auth_chain_ids']],
  ['eventAuth', ['auth_chain']],
  ['backfill', ['pdus']],
  ['getMissingEvents', ['events']],
  ['directory', ['servers']],
  ['hierarchy', ['children', 'inaccessible_children']],
  ['devices', ['devices']],
]

/**
 * The parts of a server that, wherever the specification leaves it open, does what the lots say: how many events it gives at
 * once and in which order, which 20 of many heads its events cite, how much it puts into a transaction, which of several
 * servers it asks first. What the parts are otherwise, they stay.
 */
export function chosenBy(lots: Lots, parts: Parts): Parts {
  const { rooms, sending, intake, making } = parts
  const paged = shorter(parts, lots)
  const { handlers } = unordered.reduce(
    (changed, [operation, keys]) => shuffled(changed, lots, { operation, keys }),
    paged,
  )
  return {
    ...parts,
    handlers,
    rooms: { ...rooms, parents: (heads) => rooms.parents(lots.order(heads, 'parents')) },
    sending: { ...sending, maxPdus: lots.upTo(sending.maxPdus, 'transaction') },
    intake: { ...intake, toAsk: (servers) => lots.order(intake.toAsk(servers), 'to ask') },
    making: { ...making, versionsForJoin: lots.order(making.versionsForJoin, 'ver') },
  }
}

function shuffled(
  parts: Parts,
  lots: Lots,
  { operation, keys }: { operation: OperationName; keys: readonly string[] },
): Parts {
  return answering(parts, operation, (body) => ({
    ...body,
    ...Object.fromEntries(
      keys
        .filter((key) => Array.isArray(body[key]))
        .map((key) => [key, lots.order(listIn(body, key), `${operation} ${key}`)]),
    ),
  }))
}

/**
 * `limit` is the most that may be given: less is fine, if it is what lies nearest. Backfill repeats what it was asked from, so
 * it gives one more at least, or nobody would ever get on. A gap is given whole: who asks is not bound to ask again for the
 * rest, and what it does not learn of its users never see.
 */
function shorter(parts: Parts, lots: Lots): Parts {
  return answering(parts, 'backfill', (body, { inbound }) => {
    const list = listIn(body, 'pdus')
    const count = lots.upTo(list.length, 'page of backfill')
    const given = inbound.query['v'] ?? []
    return { ...body, pdus: list.slice(0, Math.max(count, given.length + 1)) }
  })
}
