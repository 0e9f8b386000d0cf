import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { assertCode, fedcheck, folderOf } from './test-cli.ts'

const guide = new URL('../../.github/CONTRIBUTING.md', import.meta.url)

describe('the guide', () => {
  it('shows a scripted peer that works', async () => {
    const example = /```js\n([^]*?)```/.exec(readFileSync(guide, 'utf8'))?.[1] ?? ''
    const folder = folderOf({ 'scripted/peer.ts': example })
    const flags = ['--suites', folder, '--output', join(folder, 'report'), '--room-versions', '11']
    assertCode(await fedcheck(['run', 'scripted/peer/asks-another', ...flags]), 0)
  }).timeout(60_000)
})
