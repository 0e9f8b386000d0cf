import { lists } from './browser/lists.ts'
import { picture } from './browser/picture.ts'
import { route } from './browser/route.ts'

/**
 * The page's only script. It is JavaScript in text, so that the page can be made by plain Node without a bundler, after
 * a build as well as from source; script.test.ts gives it to the TypeScript compiler with the types in its comments.
 * It adds to the page and never says anything that the markup does not.
 */
export const script = `'use strict';(() => {${route}${lists}${picture}})()`
