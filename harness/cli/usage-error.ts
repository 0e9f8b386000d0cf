/** What was typed cannot be done: exit code 2. The message may name what was probably meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}
