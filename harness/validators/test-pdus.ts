import { pduFormats } from '../../fixtures/schemas/pdus.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { Event, JsonObject } from '../matrix/event.ts'
import { type RoomVersion, roomVersions } from '../matrix/room-version.ts'
import type { Finding } from '../results/outcome.ts'
import { transaction } from './test-examples-membership.ts'
import { contextOf, exchangeOf } from './test-exchange.ts'
import { alice, peer, Story, target } from './test-story.ts'
import { validate } from './validate.ts'

/** What a transaction from the target with these PDUs amounts to, in a room whose events are all known. */
export function sent(story: Story, ...pdus: readonly JsonObject[]): readonly Finding[] {
  return validate([history(story), send(pdus)], contextOf(story.version.id))
}

/** Something of the peer's, so that the events are known and nobody is judged by them. */
export const history = (story: Story): Exchange => eventsOf(story.events)

export const eventsOf = (events: readonly Event[]): Exchange =>
  exchangeOf({
    operation: 'send',
    params: { txnId: 'h' },
    request: transaction(events, peer),
    response: { pdus: {} },
    deliberate: true,
  })

export const send = (pdus: readonly JsonObject[]): Exchange =>
  exchangeOf({
    operation: 'send',
    from: target,
    params: { txnId: 's' },
    request: { ...transaction([]), pdus },
    response: { pdus: {} },
  })

export const requirementsOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ requirement, pointer }) => `${requirement} ${pointer}`)

export const message = (story: Story, sender = alice): Event =>
  story.make({ type: 'm.room.message', sender, content: { body: 'Hi' } })

/** The room versions for whose events there are schemas. */
export const judgedVersions: readonly RoomVersion[] = Object.values(roomVersions).filter(
  ({ id }) => id in pduFormats,
)

/** The same test with a fresh room of each version; `define` is mocha's `it`. */
export function eachVersion(
  define: (title: string, run: () => void) => void,
  title: string,
  run: (story: Story, version: RoomVersion) => void,
): void {
  for (const version of judgedVersions) {
    define(`${title} in version ${version.id}`, () => run(new Story(version), version))
  }
}
