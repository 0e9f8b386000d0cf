import type { JsonObject } from '../matrix/event.ts'
import type { Draft } from '../world/homeserver.ts'

const by = (sender: string | undefined) => (sender === undefined ? {} : { sender })

/** An event of any type that is not state. */
export const event = (type: string, content: JsonObject, sender?: string): Draft => ({
  type,
  content,
  ...by(sender),
})

/** State of any type. */
export const custom = (
  type: string,
  content: JsonObject,
  stateKey = '',
  sender?: string,
): Draft => ({ type, state_key: stateKey, content, ...by(sender) })

export const message = (body: string, sender?: string): Draft =>
  event('m.room.message', { msgtype: 'm.text', body }, sender)

export const topic = (text: string, sender?: string): Draft =>
  custom('m.room.topic', { topic: text }, '', sender)

export const roomName = (name: string, sender?: string): Draft =>
  custom('m.room.name', { name }, '', sender)

/** The whole content of m.room.power_levels, as `{ users: { [user]: 50 }, state_default: 50 }`. */
export const powerLevels = (content: JsonObject, sender?: string): Draft =>
  custom('m.room.power_levels', content, '', sender)

/** `rule` as in m.room.join_rules; `more` holds `allow` where the rule is restricted. */
export const joinRules = (rule: string, sender?: string, more: JsonObject = {}): Draft =>
  custom('m.room.join_rules', { ...more, join_rule: rule }, '', sender)

export const historyVisibility = (visibility: string, sender?: string): Draft =>
  custom('m.room.history_visibility', { history_visibility: visibility }, '', sender)

/** The membership of `user`. Sent by that user, unless another sender is named. */
export const member = (
  user: string,
  membership: string,
  sender: string = user,
  more: JsonObject = {},
): Draft => custom('m.room.member', { ...more, membership }, user, sender)
