import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JsonObject } from '../matrix/event.ts'
import { roomVersions } from '../matrix/room-version.ts'
import { judgedVersions, message, requirementsOf, sent } from './test-pdus.ts'
import { Story } from './test-story.ts'

const older = Object.values(roomVersions).filter((version) => !judgedVersions.includes(version))

describe('validators on room versions without schemas', () => {
  for (const version of older) {
    const after = (change: JsonObject): readonly string[] => {
      const story = new Story(version)
      return requirementsOf(sent(story, { ...message(story).pdu, ...change }))
    }

    it(`find nothing wrong with an honest event (room version ${version.id})`, () => {
      assert.deepEqual(after({}), [])
    })

    it(`find what the format forbids (room version ${version.id})`, () => {
      const type = after({ type: 5 })
      assert.ok(
        type.some((found) => found.endsWith(' /pdus/0/type')),
        type.join(),
      )
      const form = version.pairedReferences ? 'tuples_v1_2' : 'ids_v3'
      const odd = version.pairedReferences ? '$x' : ['$x', {}]
      for (const key of ['prev_events', 'auth_events'])
        assert.deepEqual(after({ [key]: [odd] }), [`ss.pdu.${key}.${form} /pdus/0/${key}/0`])
    })

    it(`find that a signature is missing (room version ${version.id})`, () => {
      assert.deepEqual(after({ signatures: {} }), ['ss.new.signed /pdus/0/signatures/target.test'])
    })
  }
})
