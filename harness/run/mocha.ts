import Mocha from 'mocha'
import type { CheckResult } from '../results/outcome.ts'

/** A check whose result is on its way. */
export interface Awaited {
  readonly id: string
  readonly title: string
  readonly result: Promise<CheckResult>
}

/**
 * Tells the results in the order of the plan, as a tree of mocha: chapter, file, check. Mocha is serial; its tests await
 * what the schedule has started long before. `tell` is called as each test ends.
 */
export async function tellInOrder(
  checks: readonly Awaited[],
  tell: (result: CheckResult) => void,
): Promise<void> {
  const ended = new Map<Mocha.Test, CheckResult>()
  // The base of all reporters counts and prints nothing.
  const mocha = new Mocha({ reporter: Mocha.reporters.Base, retries: 0, timeout: 0 })
  const suites = new Map<string, Mocha.Suite>()
  for (const check of checks) {
    const test: Mocha.Test = new Mocha.Test(
      `${check.title} ${check.id}`,
      async function (this: Mocha.Context) {
        const result = await check.result
        ended.set(test, result)
        if (result.outcome.status === 'skipped') this.skip()
        if (result.outcome.status !== 'passed') throw new Error(result.outcome.status)
      },
    )
    suiteOf(check.id, suites, mocha).addTest(test)
  }
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve())
    runner.on(Mocha.Runner.constants.EVENT_TEST_END, (test) => {
      const result = ended.get(test)
      if (result !== undefined) tell(result)
    })
  })
}

/** The suite of a check's file in that of its chapter. */
function suiteOf(id: string, suites: Map<string, Mocha.Suite>, mocha: Mocha): Mocha.Suite {
  const folders = (id.split('[', 1)[0] ?? id).split('/').slice(0, -1)
  let suite = mocha.suite
  folders.forEach((folder, depth) => {
    const path = folders.slice(0, depth + 1).join('/')
    const known = suites.get(path) ?? Mocha.Suite.create(suite, folder)
    suites.set(path, known)
    suite = known
  })
  return suite
}
