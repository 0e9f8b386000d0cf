import type { Event } from '../event.ts'

/*
 * A room of many thousand events does not fit into the processor's own memory. Who reads one event after the other waits
 * for several pieces of memory in each, one by one. In a loop that does little else the processor fetches those of many
 * events at once: read a little of each first, and it is near when its turn comes. What is read has to be used, or else
 * the compiler leaves it out.
 */

/** How many events are brought near together: more would push each other out again. */
export const lotSize = 64

const used = new Int32Array(1)

/** Whether their format has been checked, nobody knows here: what is read may be anything. */
export const bringNear = (events: readonly (Event | undefined)[]): void => {
  let read = 0
  for (const event of events) {
    if (event === undefined) continue
    const { type, sender, content } = event.pdu
    read += type?.length + sender?.length + Number(content?.['membership'] === undefined)
  }
  used[0] = read
}

export const bringTextsNear = (texts: readonly string[]): void => {
  let read = 0
  for (const text of texts) read += text?.length
  used[0] = read
}
