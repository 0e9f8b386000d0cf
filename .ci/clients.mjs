// Logs matrix-js-sdk in on two references and another homeserver, with encryption:
// npm run check:clients -- [--target synapse]
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { target } = parseArgs({
  options: { target: { type: 'string', default: 'synapse' } },
}).values

const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/mocha/bin/mocha.js',
    '--no-package',
    '--node-option',
    'import=tsx',
    // The SDK leaves timers behind that would keep the process for minutes.
    '--exit',
    'harness/lab/clients/clients.test.ts',
  ],
  { stdio: 'inherit', env: { ...process.env, FEDCHECK_FOREIGN_SERVER: target } },
)
process.exit(status ?? 1)
