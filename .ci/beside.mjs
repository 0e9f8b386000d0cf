// Runs the tests of FILE with another homeserver beside the reference:
// npm run check:servers, npm run check:clients -- [--target synapse] [--grep TEXT]
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { target: { type: 'string', default: 'synapse' }, grep: { type: 'string' } },
  allowPositionals: true,
})

const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/mocha/bin/mocha.js',
    '--no-package',
    '--node-option',
    'import=tsx',
    // matrix-js-sdk leaves timers behind that would keep the process for minutes.
    '--exit',
    ...(values.grep === undefined ? [] : ['--grep', values.grep]),
    ...positionals,
  ],
  { stdio: 'inherit', env: { ...process.env, FEDCHECK_FOREIGN_SERVER: values.target } },
)
process.exit(status ?? 1)
