import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadScenarios } from '../run/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { resolveOwnPackage } from './own-package.ts'

/** The suites that come with fedcheck lie beside `harness`. */
const own = fileURLToPath(new URL('../../suites', import.meta.url))

/** The scenarios of a folder, or of fedcheck's own. Throws LoadError or SuiteError. */
export function scenariosIn(folder: string | undefined): Promise<readonly Scenario[]> {
  if (folder === undefined) return loadScenarios(own)
  resolveOwnPackage()
  return loadScenarios(resolve(folder))
}
