import type { Event, Pdu } from '../../matrix/event.ts'
import { eventOf } from '../../matrix/read-event.ts'
import { finishEvent, type UnsignedPdu } from '../../matrix/sign-event.ts'
import type { SigningKey } from '../../matrix/signing-key.ts'
import type { StateMap } from '../../matrix/state-key.ts'
import { citedIds, parentIds } from '../../matrix/references.ts'
import type { ForgeOptions } from '../../world/homeserver.ts'
import { citedBy, draftPdu, withId } from '../rooms/build.ts'
import type { Room } from '../rooms/room.ts'
import type { Node } from '../store/store.ts'
import type { Authored } from '../users/operations.ts'

export interface Signer {
  readonly name: string
  readonly key: SigningKey
}

/** Makes and signs an event whatever the rules say of it, and keeps it so that others can fetch it. */
export function forge(
  room: Room,
  draft: Authored,
  { options, signer, now }: { options: ForgeOptions; signer: Signer; now: number },
): Event {
  const known = (one: Event | string): string => {
    if (typeof one === 'string') return one
    keep(room, one)
    return one.id
  }
  const parents = options.after?.map(known) ?? room.parentsOfNext()
  const before = stateBefore(room, parents)
  const cited = options.auth?.map(known) ?? citedBy(draft, before, room.version)
  const made = draftPdu(room, draft, options.originServerTs ?? now, { parents, before, cited })
  const changed = options.change === undefined ? made : unsigned(options.change(unhashed(made)))
  const finished = finishEvent(
    withId(changed, room.version, signer.name),
    room.version,
    signer.name,
    signer.key,
  )
  const event =
    options.spoil === undefined ? finished : eventOf(options.spoil(finished.pdu), room.version)
  keep(room, event)
  return event
}

const unhashed = (pdu: UnsignedPdu): Pdu => ({ ...pdu, hashes: { sha256: '' }, signatures: {} })

function unsigned(pdu: Pdu): UnsignedPdu {
  const { hashes: _, signatures: __, ...rest } = pdu
  return rest
}

const stateBefore = (room: Room, parents: readonly string[]): StateMap =>
  room.canFollow(parents) ? room.stateAfter(parents) : room.current

/** Holds an event, with the state around it where that can be told. */
function keep(room: Room, event: Event): void {
  if (room.find(event.id) === undefined) room.hold(nodeOf(room, event))
}

function nodeOf(room: Room, event: Event): Node {
  const parents = parentIds(event)
  const isKnown = parents.length > 0 && room.canFollow(parents)
  if (isKnown && citedIds(event).every((id) => room.lookup(id) !== undefined))
    return room.assess(event)
  return { event, standing: 'accepted' }
}
