// Makes dist/: the tree again as JavaScript with declarations, and a package.json of its own for the `#` imports.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const folders = ['harness', 'fixtures', 'reports', 'suites']

rmSync('dist', { recursive: true, force: true })
const emit = ['--noEmit', 'false', '--outDir', 'dist', '--rootDir', '.', '--declaration']
execFileSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', ...emit, '--rewriteRelativeImportExtensions'],
  { stdio: 'inherit' },
)

for (const folder of folders) {
  cpSync(folder, join('dist', folder), {
    recursive: true,
    filter: (path) => !/\.(ts|md|py)$/.test(path) && !path.endsWith('cli/fedcheck.js'),
  })
}
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (/(\.test|\/test-[^/]+)\.(js|d\.ts)$/.test(path)) rmSync(join('dist', path))
}
rmSync(join('dist', 'harness', 'bench'), { recursive: true })
writeFileSync(
  'dist/package.json',
  JSON.stringify({
    type: 'module',
    imports: {
      '#harness': './harness/index.js',
      '#fixtures/*.ts': './fixtures/*.js',
    },
  }),
)

// A server is started again and again, and to find and read its three hundred files takes longer than all that it does then:
// what it is started by holds them.
buildSync({
  entryPoints: ['dist/harness/cli/serve.js', 'dist/harness/reference/serve-main.js'],
  bundle: true,
  splitting: true,
  allowOverwrite: true,
  outdir: 'dist',
  outbase: 'dist',
  chunkNames: 'harness/served/[name]-[hash]',
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifyWhitespace: true,
  logLevel: 'warning',
})
