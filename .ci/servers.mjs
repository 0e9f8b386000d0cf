// Puts the reference beside another homeserver, in both roles, by the client API of both:
// npm run check:servers -- [--target synapse] [--grep TEXT]
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { target, grep } = parseArgs({
  options: { target: { type: 'string', default: 'synapse' }, grep: { type: 'string' } },
}).values

const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/mocha/bin/mocha.js',
    '--no-package',
    '--node-option',
    'import=tsx',
    ...(grep === undefined ? [] : ['--grep', grep]),
    'harness/lab/foreign/servers.test.ts',
  ],
  { stdio: 'inherit', env: { ...process.env, FEDCHECK_FOREIGN_SERVER: target } },
)
process.exit(status ?? 1)
