import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import type { Lab } from '../lab/lab.ts'
import type { OpenWorld } from '../lab/world.ts'
import type { Outcome } from '../results/outcome.ts'
import { onStage } from '../scenario/stage.ts'
import type { Check } from '../scenario/variants.ts'
import type { Halt } from './halt.ts'
import { errored, isFault, leftBehind, outcomeOf } from './outcome.ts'

/** A story is given up when it takes longer than this many patiences, and at least a minute. */
const patiences = 6
const leastMs = 60_000
/** What a story that is given up may still take when nothing is left that it could wait for. */
const graceMs = 2_000

/** How one telling of a check ended, and the servers that were its peers. */
export interface Attempt {
  readonly outcome: Outcome
  readonly ours: readonly string[]
}

/** Tells a check's story once, in a fresh world. Never rejects. */
export async function attempt(lab: Lab, check: Check, halt: Halt): Promise<Attempt> {
  const opened = await open(lab, check, halt)
  if (!('world' in opened)) return { outcome: opened, ours: [] }
  const { world } = opened
  const { ours } = world
  let outcome: Outcome
  try {
    outcome = weighed(await judged(lab, await tell(world, check, halt)), world)
  } catch (error) {
    outcome = errored(error)
  }
  await world.close()
  // What the story has left behind breaks when its world is taken down, if not before.
  await turn()
  return { outcome: withStrays(outcome, world.strays()), ours }
}

async function open(
  lab: Lab,
  check: Check,
  halt: Halt,
): Promise<Outcome | { readonly world: OpenWorld }> {
  const giveUp = new AbortController()
  void halt.aborted.then(() => giveUp.abort())
  try {
    return { world: await lab.openWorld(check, giveUp.signal) }
  } catch (error) {
    const { reason } = halt
    return giveUp.signal.aborted && reason !== undefined
      ? unknown(reason.text)
      : judged(lab, outcomeOf(error))
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
  const late = delay(limit, 'late' as const, { signal: timer.signal })
  try {
    const told = await Promise.race([story, abandoned, late])
    return told === 'late' ? await overdue(world, story, limit) : told
  } finally {
    timer.abort()
    void late.catch(() => undefined)
  }
}

/** Whether the story waits for its servers can be seen when they are taken away from it. */
async function overdue(world: OpenWorld, story: Promise<Outcome>, limit: number): Promise<Outcome> {
  const late = `the story did not end within ${limit / 1000} s`
  await world.close()
  const ended = await Promise.race([story, delay(graceMs)])
  return ended === undefined
    ? errored(new Error(`${late}, and waits for none of its servers`))
    : unknown(late)
}

const unknown = (because: string): Outcome => ({ status: 'inconclusive', because })

/** A story that has ended badly need not have come to all that it began; but one that has passed has left it behind. */
function withStrays(outcome: Outcome, strays: readonly unknown[]): Outcome {
  const counting = strays.filter((error) => outcome.status === 'passed' || isFault(error))
  return counting.length === 0 ? outcome : errored(new Error(leftBehind(counting[0])))
}

/** Whatever goes wrong while the target is dying says nothing about it. */
async function judged(lab: Lab, outcome: Outcome): Promise<Outcome> {
  if (outcome.status === 'passed' || outcome.status === 'skipped') return outcome
  const loss = await lab.loss()
  return loss === undefined ? outcome : unknown(loss.reason.text)
}

/** The outcome in the light of what else is known of the world. */
function weighed(outcome: Outcome, world: OpenWorld): Outcome {
  const { faults, neverFired } = world.review()
  if (faults.length > 0) return errored(new Error(faults.join('; ')))
  return outcome.status === 'passed' && neverFired.length > 0
    ? unknown(`this never acted on anything: ${neverFired.join('; ')}`)
    : outcome
}
