import * as modules from 'node:module'
import { extname } from 'node:path'

/** The vocabulary, as source or as built: whatever this module is. */
const vocabulary = new URL(`../index${extname(import.meta.url)}`, import.meta.url).href

/**
 * Makes `import … from 'fedcheck'` mean this very fedcheck, wherever the importing suite lies: it needs no installation
 * of its own, and there are never two registries.
 */
export function resolveOwnPackage(): void {
  // Newer than the types of the oldest Node that is supported; where it is missing, its predecessor is not yet deprecated.
  const registerHooks: unknown = Reflect.get(modules, 'registerHooks')
  if (typeof registerHooks === 'function') {
    registerHooks({ resolve: resolveHere })
    return
  }
  const source = `export const resolve = (specifier, context, next) =>
    next(specifier === 'fedcheck' ? ${JSON.stringify(vocabulary)} : specifier, context)`
  modules.register(`data:text/javascript,${encodeURIComponent(source)}`)
}

type Next = (specifier: string, context: unknown) => unknown

const resolveHere = (specifier: string, context: unknown, next: Next): unknown =>
  next(specifier === 'fedcheck' ? vocabulary : specifier, context)
