import { setTimeout as delay } from 'node:timers/promises'
import { Inconclusive, Nonconformance, Refused } from '../world/errors.ts'
import { currentStage, type Stage } from './stage.ts'

const firstPause = 25
const longestPause = 1_000

/**
 * Repeats `check` until it holds and answers what it answered. It is repeated when something happens in the world, and
 * now and then besides. Once the story's patience is over, its last complaint is thrown, with `what` before it.
 */
export async function eventually<T>(check: () => T | Promise<T>, what?: string): Promise<T> {
  const stage = currentStage()
  const end = performance.now() + stage.patience
  for (let pause = firstPause; ; pause = Math.min(pause * 1.6, longestPause)) {
    try {
      return await check()
    } catch (error) {
      if (!isComplaint(error)) throw error
      const left = end - performance.now()
      const isOver = left <= 0 || stage.signal.aborted
      // A story that goes on though it was given up must not keep the others from going on.
      if (stage.signal.aborted) await delay(longestPause / 10)
      if (isOver) throw what === undefined ? error : named(error, what)
      await change(stage, Math.min(pause, left))
    }
  }
}

/** Like `eventually`, for what has to hold before a negative result means anything: `Inconclusive` when it never does. */
export async function control<T>(check: () => T | Promise<T>, what = 'the control'): Promise<T> {
  try {
    return await eventually(check)
  } catch (error) {
    if (!isComplaint(error)) throw error
    throw new Inconclusive(`${what} failed: ${error.message}`, { cause: error })
  }
}

/** Ends the story because nothing can be said about the target. */
export const inconclusive = (message: string): never => {
  throw new Inconclusive(message)
}

const isComplaint = (error: unknown): error is Nonconformance | Refused =>
  error instanceof Nonconformance || error instanceof Refused

function named(error: Nonconformance | Refused, what: string): Nonconformance {
  if (error instanceof Refused) return new Nonconformance(`${what}: ${error.message}`)
  const { expected, actual, reasons, exchanges } = error
  return new Nonconformance(`${what}: ${error.message}`, {
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    reasons,
    exchanges,
  })
}

/**
 * Comes back when something happened, but not before a short breath (what happened may be one of many, and looking costs
 * the target), or when the pause is over.
 */
function change(stage: Stage, pause: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop()
      stage.signal.removeEventListener('abort', done)
      resolve()
    }
    let timer = setTimeout(done, pause)
    let noticed = false
    const stop = stage.onChange(() => {
      if (noticed || pause <= firstPause) return
      noticed = true
      clearTimeout(timer)
      timer = setTimeout(done, firstPause)
    })
    stage.signal.addEventListener('abort', done)
  })
}
