/** A copy of the value with something else at the pointer; undefined takes away what is there. */
export function edited(value: unknown, pointer: string, replacement: unknown): unknown {
  if (pointer === '') return replacement
  const copy: unknown = structuredClone(value)
  const steps = pointer.split('/').slice(1)
  const last = steps.pop() ?? ''
  let at = copy
  for (const step of steps) at = Reflect.get(Object(at), step)
  if (replacement === undefined) Reflect.deleteProperty(Object(at), last)
  else Reflect.set(Object(at), last, replacement)
  return copy
}
