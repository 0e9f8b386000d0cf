import type { Event } from '../../matrix/event.ts'
import type { Services } from '../services.ts'
import { allowsRoom, passes, type RoomEventFilter } from './event-filter.ts'
import type { MessagesOptions, MessagesPage } from './operations.ts'
import type { RoomStream } from './room-stream.ts'

const maxLimit = 1_000
/** How many events are looked through for one page. */
const mostLookedAt = 5_000

export interface Reader {
  readonly stream: RoomStream
  readonly user: string
}

interface Walk {
  readonly from: number | undefined
  readonly to: number | undefined
  readonly limit: number
  readonly filter: RoomEventFilter
}

/** A page of a room's timeline; backwards it also fetches what lies before what this server has. */
export async function messages(
  services: Services,
  reader: Reader,
  options: MessagesOptions,
): Promise<MessagesPage> {
  const { from, to, filter = {} } = options
  const walk = { from, to, filter, limit: Math.min(options.limit, maxLimit) }
  if (!allowsRoom(filter, reader.stream.room.id)) return { events: [], start: from ?? 0 }
  return options.direction === 'forwards'
    ? forwards(reader, walk)
    : backwards(services, reader, walk)
}

function forwards({ stream, user }: Reader, { from, to, limit, filter }: Walk): MessagesPage {
  const start = Math.max(from ?? stream.timeline.start, stream.timeline.start)
  const end = Math.min(stream.endFor(user), to ?? Number.MAX_SAFE_INTEGER)
  const events: Event[] = []
  let index = start
  for (; index < end && events.length < limit && index - start < mostLookedAt; index += 1) {
    const event = stream.visible(index, user)
    if (event !== undefined && passes(filter, event.pdu)) events.push(event)
  }
  return index < end ? { events, start, end: index } : { events, start }
}

async function backwards(
  services: Services,
  { stream, user }: Reader,
  { from, to = Number.MIN_SAFE_INTEGER, limit, filter }: Walk,
): Promise<MessagesPage> {
  const start = Math.min(from ?? Number.MAX_SAFE_INTEGER, stream.endFor(user))
  const events: Event[] = []
  let index = start
  while (events.length < limit && start - index < mostLookedAt) {
    if (index <= to) return { events, start }
    if (index <= stream.timeline.start && !(await lookBack(services, stream, index)))
      return { events, start }
    if (stream.timeline.isFree(index - 1)) {
      index = await enterGap(services, stream, index)
      continue
    }
    index -= 1
    const event = stream.visible(index, user)
    if (event !== undefined && passes(filter, event.pdu)) events.push(event)
  }
  return { events, start, end: index }
}

/** Where to go on at the end of a gap: there, when something has come into it now; else before it. */
async function enterGap(services: Services, stream: RoomStream, index: number): Promise<number> {
  await lookBack(services, stream, index)
  const { timeline } = stream
  return timeline.isFree(index - 1) ? timeline.startOfGap(index - 1) : index
}

/** True when there is something before `index` now. */
async function lookBack(services: Services, stream: RoomStream, index: number): Promise<boolean> {
  const others = [...stream.room.servers].filter((server) => server !== services.name)
  if (others.length > 0) await services.intake.lookBack(stream.room, others.slice(0, 3))
  return stream.timeline.start < index
}
