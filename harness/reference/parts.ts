/** Everything of the reference that can be replaced from outside, by name. */
export interface Parts {
  readonly handlers: Readonly<Record<string, never>>
}
