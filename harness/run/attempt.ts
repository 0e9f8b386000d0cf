import { setTimeout as delay } from 'node:timers/promises'
import type { Lab } from '../lab/lab.ts'
import type { OpenWorld } from '../lab/world.ts'
import type { Outcome } from '../results/outcome.ts'
import { onStage } from '../scenario/stage.ts'
import type { Check } from '../scenario/variants.ts'
import type { Halt } from './halt.ts'
import { errored, outcomeOf } from './outcome.ts'

/** A story is given up when it takes longer than this many patiences, and at least a minute. */
const patiences = 6
const leastMs = 60_000

/** How one telling of a check ended, and the servers that were its peers. */
export interface Attempt {
  readonly outcome: Outcome
  readonly ours: readonly string[]
}

/** Tells a check's story once, in a fresh world. Never rejects. */
export async function attempt(lab: Lab, check: Check, halt: Halt): Promise<Attempt> {
  let world: OpenWorld
  try {
    world = await lab.openWorld(check)
  } catch (error) {
    return { outcome: await judged(lab, outcomeOf(error)), ours: [] }
  }
  try {
    const told = await judged(lab, await tell(world, check, halt))
    return { outcome: weighed(told, world), ours: world.ours }
  } catch (error) {
    return { outcome: errored(error), ours: world.ours }
  } finally {
    await world.close()
  }
}

async function tell(world: OpenWorld, check: Check, halt: Halt): Promise<Outcome> {
  const limit = Math.max(world.patience * patiences, leastMs)
  const timer = new AbortController()
  const story = onStage(world, () => check.scenario.story.run(world.world)).then(
    (): Outcome => ({ status: 'passed' }),
    outcomeOf,
  )
  const abandoned = halt.aborted.then(({ text }): Outcome => unknown(text))
  const late = delay(limit, unknown(`the story did not end within ${limit / 1000} s`), {
    signal: timer.signal,
  })
  try {
    return await Promise.race([story, abandoned, late])
  } finally {
    timer.abort()
    void late.catch(() => undefined)
  }
}

const unknown = (because: string): Outcome => ({ status: 'inconclusive', because })

/** Whatever goes wrong while the target is dying says nothing about it. */
async function judged(lab: Lab, outcome: Outcome): Promise<Outcome> {
  if (outcome.status === 'passed' || outcome.status === 'skipped') return outcome
  return (await lab.alive()) ? outcome : unknown('the target died')
}

/** The outcome in the light of what else is known of the world. */
function weighed(outcome: Outcome, world: OpenWorld): Outcome {
  const { faults, neverFired } = world.review()
  if (faults.length > 0) return errored(new Error(faults.join('; ')))
  return outcome.status === 'passed' && neverFired.length > 0
    ? unknown(`this never acted on anything: ${neverFired.join('; ')}`)
    : outcome
}
