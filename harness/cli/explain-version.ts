import { clauseAddress } from '../../reports/clause.ts'
import { changesIn, traitsOf } from '../matrix/describe-version.ts'
import { roomVersion, roomVersions } from '../matrix/room-version.ts'
import { specification } from '../results/specification.ts'
import { suggestion } from '../run/nearest.ts'
import { UsageError } from './usage-error.ts'

/** `fedcheck explain room-version 11`: what is new in it, side by side with the version before, and all the rest. */
export function versionPage(id: string): readonly string[] {
  const version = roomVersion(id)
  if (version === undefined) {
    const known = Object.values(roomVersions).map((each) => each.id)
    throw new UsageError(
      `there is no room version '${id}' here; known are ${known.join(', ')}${suggestion(id, known)}`,
    )
  }
  const changes = changesIn(version)
  const changed = new Set(changes.map(({ name }) => name))
  const rest = traitsOf(version).filter(({ name }) => !changed.has(name))
  return [
    `room version ${id}`,
    `  ${clauseAddress(`rooms/v${id}`, specification) ?? ''}`,
    ...(changes.length === 0 ? [] : ['', `Other than in version ${Number(id) - 1}`]),
    ...changes.flatMap(({ name, before, after }) => [
      `  ${name}`,
      `    was  ${before === '' ? 'nothing' : before}`,
      `    is   ${after === '' ? 'nothing' : after}`,
    ]),
    '',
    changes.length === 0 ? 'The first version' : 'As before',
    ...rest.map(({ name, value }) => `  ${name.padEnd(44)} ${value === '' ? 'nothing' : value}`),
  ]
}
