// Compares harness/matrix with Synapse and the packages that it is built on, as they are installed here by
// `fedcheck target install synapse`: npm run check:foreign -- [--seed N] [--share 0.1]
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installedSynapse } from '../harness/targets/install.ts'

const { seed, share } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, share: { type: 'string', default: '1' } },
}).values
const installed = process.env['FEDCHECK_FOREIGN_PYTHON']
const folder = installedSynapse()
const python = installed ?? (folder === undefined ? undefined : join(folder, 'bin/python'))
if (python === undefined) {
  console.error('Synapse is not installed. Fetch it with: npx fedcheck target install synapse')
  process.exit(2)
}

const mocha = ['node_modules/mocha/bin/mocha.js', '--no-package', '--node-option', 'import=tsx']
const { status } = spawnSync(
  process.execPath,
  [...mocha, '--parallel', '--jobs', '2', 'harness/matrix/foreign/*.test.ts'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FEDCHECK_FOREIGN_PYTHON: python,
      FEDCHECK_FOREIGN_SEED: seed,
      FEDCHECK_FOREIGN_SHARE: share,
    },
  },
)
process.exit(status ?? 1)
