import { ground } from './browser/ground.ts'
import { media, pages } from './browser/pages.ts'

/** The page's only style sheet. Its hash is in the page's policy, so elements carry no style of their own. */
export const style = ground + pages + media
