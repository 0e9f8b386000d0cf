#!/usr/bin/env node
// Old syntax, so that an old Node gets as far as the message.
var parts = process.versions.node.split('.')
var major = Number(parts[0])
var minor = Number(parts[1])
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
  process.stderr.write(
    'fedcheck needs Node 20.19, 22.12 or newer; this is ' + process.version + '\n',
  )
  process.exit(2)
}

/** In a checkout the sources run as they are, through tsx; a package holds a build. */
import('node:fs')
  .then(function (fs) {
    if (!fs.existsSync(new URL('./main.ts', import.meta.url)))
      return import('../../dist/harness/cli/main.js')
    return import('tsx/esm/api').then(function (tsx) {
      tsx.register()
      return import('./main.ts')
    })
  })
  .then(function (cli) {
    return cli.main(process.argv.slice(2))
  })
  .catch(function (error) {
    process.stderr.write(
      'fedcheck could not be loaded: ' + ((error && error.stack) || error) + '\n',
    )
    process.exitCode = 4
  })
