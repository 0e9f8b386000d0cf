import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

/** For tests of what a page in a browser runs: it has the types that its comments claim. */
export function isWellTyped(script: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'fedcheck-script-'))
  try {
    const file = join(folder, 'page.js')
    writeFileSync(file, script)
    const options = ['--allowJs', '--checkJs', '--noEmit', '--strict', '--ignoreConfig']
    const unused = ['--noUnusedLocals', '--noUnusedParameters', '--noImplicitReturns']
    const target = ['--target', 'es2023', '--lib', 'es2023,dom,dom.iterable', '--types', '']
    execFileSync(process.execPath, [compiler, ...options, ...unused, ...target, file], {
      encoding: 'utf8',
      cwd: folder,
    })
  } catch (error) {
    assert.fail(String(error instanceof Error && Reflect.get(error, 'stdout')) || String(error))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
