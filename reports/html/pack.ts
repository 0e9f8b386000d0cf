import { gzipSync } from 'node:zlib'
import { raw, type Markup } from './markup.ts'

/** Markup compressed into a block of data that no browser runs or draws; the page's script inflates it by its number. */
export const packed = (pack: number, content: Markup): Markup =>
  raw(
    `<script type="application/gzip" id="pack/${pack}">${gzipSync(content.text, { level: 9 }).toString('base64')}</script>`,
  )
