import type { Event, Json, JsonObject, Pdu } from './event.ts'
import { isObject } from './json.ts'
import { writeJson } from './write-json.ts'

/** Lists of events as they are, which nobody changes. */
const lists = new WeakSet<object>()

/** A comma and the text of an event, for as long as the event is kept: large rooms are told whole, again and again. */
const texts = new WeakMap<object, Buffer>()

/** The PDUs of events as a value of a body, which `writeBody` writes faster than any other. */
export function pdusOf(events: readonly Event[]): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Pdu is JSON, which an interface cannot say
  const list = events.map(({ pdu }) => pdu as JsonObject & Pdu)
  lists.add(list)
  return list
}

/** What `writeJson` writes, in UTF-8. */
export function writeBody(body: Json): Buffer {
  if (!isObject(body) || !Object.values(body).some(isList)) return Buffer.from(writeJson(body))
  const pieces: Buffer[] = []
  for (const [key, value] of Object.entries(body)) {
    pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(key)}:`))
    if (isList(value)) writeList(value, pieces)
    else pieces.push(Buffer.from(writeJson(value)))
  }
  pieces.push(Buffer.from('}'))
  return Buffer.concat(pieces)
}

const isList = (value: Json): value is readonly JsonObject[] =>
  Array.isArray(value) && lists.has(value)

function writeList(list: readonly JsonObject[], pieces: Buffer[]): void {
  pieces.push(Buffer.from('['))
  for (const [index, pdu] of list.entries()) {
    const text = texts.get(pdu) ?? Buffer.from(`,${writeJson(pdu)}`)
    texts.set(pdu, text)
    pieces.push(index === 0 ? text.subarray(1) : text)
  }
  pieces.push(Buffer.from(']'))
}
