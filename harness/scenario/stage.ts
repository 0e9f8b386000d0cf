import { AsyncLocalStorage } from 'node:async_hooks'

/** What the vocabulary needs to know of the world that a story runs in, without the story passing it around. */
export interface Stage {
  readonly check: string
  /** Milliseconds that one wait may take at most: the story's patience, scaled. */
  readonly patience: number
  /** Aborted when the check is given up. */
  readonly signal: AbortSignal
  /** Calls `listener` whenever something happened in this world; answers how to stop that. */
  onChange(listener: () => void): () => void
  /** Takes what broke in the story without anybody waiting for it; false when the check has been judged already. */
  strayed(error: unknown): boolean
}

const stages = new AsyncLocalStorage<Stage>()

const bare: Stage = {
  check: '',
  patience: 5_000,
  signal: new AbortController().signal,
  onChange: () => () => undefined,
  strayed: () => false,
}

/** Everything that `deed` does, however deep and however late, finds `stage` as its own. */
export const onStage = <T>(stage: Stage, deed: () => Promise<T>): Promise<T> =>
  stages.run(stage, deed)

export const currentStage = (): Stage => stages.getStore() ?? bare
