import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { requirements } from '../../fixtures/requirements/index.ts'
import { checkScenarios, registered, type Scenario } from '../scenario/scenario.ts'

/** A folder of suites cannot be used. */
class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly code: 'no-folder' | 'broken'

  constructor(code: LoadError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

const suiteFile = /^(?!.*(?:\.test|\.d)\.\w+$).*\.m?[jt]s$/

/**
 * All scenarios of a folder of suites, in the order of their files. Throws `LoadError` for a folder that is not there or a
 * file that does not load, and `SuiteError` for scenarios that are not as they must be.
 */
export async function loadScenarios(folder: string): Promise<readonly Scenario[]> {
  const files = await suiteFiles(folder)
  const scenarios: Scenario[] = []
  for (const file of files) {
    const name = relative(folder, file).split(sep).join('/')
    const load = () => import(pathToFileURL(file).href)
    scenarios.push(...(await registered(name.replace(/\.\w+$/, ''), () => loaded(name, load))))
  }
  checkScenarios(scenarios, (id) => Object.hasOwn(requirements, id))
  return scenarios
}

async function suiteFiles(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && suiteFile.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !relative(folder, file).split(sep).includes('node_modules'))
      .toSorted()
  } catch (error) {
    throw new LoadError('no-folder', `${folder} is not a folder of suites`, error)
  }
}

async function loaded(name: string, load: () => Promise<unknown>): Promise<void> {
  try {
    await load()
  } catch (error) {
    if (error instanceof Error && error.name === 'SuiteError') throw error
    const hint = isOfCommonJs(error) ? `\n${commonJsHint}` : ''
    throw new LoadError('broken', `the suite ${name} does not load: ${String(error)}${hint}`, error)
  }
}

const commonJsHint =
  'Suites are ES modules: name it .mts or .mjs, or put a package.json with "type": "module" beside it.'

const isOfCommonJs = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message.includes('import statement outside a module') ||
    ('code' in error && error.code === 'ERR_REQUIRE_CYCLE_MODULE'))
