/** Ctrl-C and SIGTERM, once as a wish, twice as an order. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** The command is over: signals do again what they do by themselves. */
  ended(): void
}

export function onInterrupt(): Interrupt {
  const given = new AbortController()
  const heard = () => {
    // Targets are in groups of their own that end with this process, so that nothing is left behind.
    if (given.signal.aborted) process.exit(130)
    process.stderr.write('\nInterrupted: stopping. Once more ends at once.\n')
    given.abort()
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  return {
    signal: given.signal,
    ended: () => {
      process.off('SIGINT', heard)
      process.off('SIGTERM', heard)
    },
  }
}
