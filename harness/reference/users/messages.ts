import type { Event } from '../../matrix/event.ts'
import type { Services } from '../services.ts'
import type { MessagesOptions, MessagesPage } from './operations.ts'
import type { RoomStream } from './room-stream.ts'

const maxLimit = 1_000

interface Reader {
  readonly stream: RoomStream
  readonly user: string
}

/** A page of a room's timeline; backwards it also fetches what lies before what this server has. */
export async function messages(
  services: Services,
  reader: Reader,
  options: MessagesOptions,
): Promise<MessagesPage> {
  const limit = Math.min(options.limit, maxLimit)
  return options.direction === 'forwards'
    ? forwards(reader, options.from, limit)
    : backwards(services, reader, { from: options.from, limit })
}

function forwards({ stream, user }: Reader, from: number | undefined, limit: number): MessagesPage {
  const start = from ?? stream.timeline.start
  const end = stream.endFor(user)
  const events: Event[] = []
  let index = start
  for (; index < end && events.length < limit; index += 1) {
    const event = stream.visible(index, user)
    if (event !== undefined) events.push(event)
  }
  return index < end ? { events, start, end: index } : { events, start }
}

async function backwards(
  services: Services,
  { stream, user }: Reader,
  { from, limit }: { from: number | undefined; limit: number },
): Promise<MessagesPage> {
  const start = Math.min(from ?? Number.MAX_SAFE_INTEGER, stream.endFor(user))
  const events: Event[] = []
  let index = start
  while (events.length < limit) {
    if (index <= stream.timeline.start && !(await lookBack(services, stream, index)))
      return { events, start }
    index -= 1
    const event = stream.visible(index, user)
    if (event !== undefined) events.push(event)
  }
  return { events, start, end: index }
}

/** True when there is something before `index` now. */
async function lookBack(services: Services, stream: RoomStream, index: number): Promise<boolean> {
  const others = [...stream.room.servers].filter((server) => server !== services.name)
  if (others.length > 0) await services.intake.lookBack(stream.room, others.slice(0, 3))
  return stream.timeline.start < index
}
