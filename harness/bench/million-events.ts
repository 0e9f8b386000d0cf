import type { Event } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { oracle } from '../oracle/oracle.ts'
import { lineOfMessages } from './long-room.ts'

/** Holds and judges them all, and prints the most memory that this process has had, in bytes. */
const events: Event[] = lineOfMessages(roomVersions.v11, 1_000_000)
const fates = oracle.fates(events)
if (fates.size !== events.length) throw new Error('not every event was judged')
for (const { fate } of fates.values()) if (fate !== 'accepted') throw new Error(`one is ${fate}`)
process.stdout.write(String(process.resourceUsage().maxRSS * 1024))
