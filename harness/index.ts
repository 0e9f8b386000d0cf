/** The vocabulary of suites: everything that a suite may import, and nothing else. */
export { citedIds, parentIds } from './matrix/references.ts'
export { roomVersions } from './matrix/room-version.ts'
export type { RequirementId } from '../fixtures/requirements/index.ts'
export type { Matcher } from './scenario/matcher.ts'
export {
  custom,
  event,
  historyVisibility,
  joinRules,
  member,
  message,
  powerLevels,
  roomName,
  topic,
} from './scenario/drafts.ts'
export { control, eventually, inconclusive } from './scenario/eventually.ts'
export {
  about,
  agree,
  copies,
  eventIds,
  isEmpty,
  judges,
  type PowerLevels,
  powerLevelsOf,
  reaches,
  reunited,
  selfSigned,
  stateIds,
  wireForm,
  withPower,
  withStateEvent,
} from './scenario/idioms.ts'
export { type Must, must, type Named, type Shown } from './scenario/must.ts'
export { type Scenario, type Seat, scenario, type Story } from './scenario/scenario.ts'
export { Inconclusive, Nonconformance, Refused, Unsupported } from './world/errors.ts'
export type { Fabric, Fault, Gate, LinkMatch } from './world/fabric.ts'
export type {
  Answer,
  Asked,
  ClientEvent,
  Delivery,
  Draft,
  ForgeOptions,
  Handshake,
  Homeserver,
  Peer,
  Reply,
  RequestOptions,
  Room,
  RoomOptions,
} from './world/homeserver.ts'
export type { Fate, OracleView, RoomVersion, World } from './world/world.ts'
export type { Event, Json, JsonObject, Pdu } from './matrix/event.ts'
