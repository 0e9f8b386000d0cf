/**
 * Starts jobs in their order, at most `workers` at once, and answers a promise for each, which never rejects: where
 * `perform` does, `broken` makes a result of it, so that one job's fault never hides another's result.
 */
export function schedule<Job, Result>(
  jobs: readonly Job[],
  workers: number,
  perform: (job: Job) => Promise<Result>,
  broken: (job: Job, error: unknown) => Result,
): readonly Promise<Result>[] {
  const slots = jobs.map((job) => slot<Job, Result>(job))
  const waiting = slots.values()
  const work = async () => {
    for (const { job, resolve } of waiting) {
      try {
        resolve(await perform(job))
      } catch (error) {
        resolve(broken(job, error))
      }
    }
  }
  for (let worker = 0; worker < Math.min(workers, jobs.length); worker += 1) void work()
  return slots.map(({ promise }) => promise)
}

interface Slot<Job, Result> {
  readonly job: Job
  readonly promise: Promise<Result>
  readonly resolve: (result: Result) => void
}

function slot<Job, Result>(job: Job): Slot<Job, Result> {
  const settle: { resolve?: (result: Result) => void } = {}
  const promise = new Promise<Result>((resolve) => {
    settle.resolve = resolve
  })
  return { job, promise, resolve: (result) => settle.resolve?.(result) }
}
