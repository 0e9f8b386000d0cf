import { createHash } from 'node:crypto'
import type { Fact } from '../../harness/journal/exchange.ts'
import type { RunResult } from '../../harness/results/outcome.ts'
import { exchangesOf, failureOf } from '../failure.ts'
import { moment } from '../words.ts'
import { type CheckContext, checkPage } from './check.ts'
import { BodyBudget, dossierOf } from './dossier.ts'
import { environmentPage, labPage } from './environment.ts'
import { html, raw, type Markup } from './markup.ts'
import { overviewPage, troubled } from './overview.ts'
import { packed } from './pack.ts'
import { requirementsPage } from './requirements.ts'
import { script } from './script.ts'
import { shapes } from './shapes.ts'
import { lab, type Story, storiesOf } from './story.ts'
import { style } from './style.ts'

/**
 * The report as one file that asks nobody for anything: text, style and script inline, evidence of each check packed at
 * the end and inflated when it is asked for. Without its script it is the same text, less the evidence.
 */
export const renderPage = (result: RunResult, facts: readonly Fact[]): string => {
  const stories = storiesOf(result, facts)
  const packs = packsOf(result, stories)
  const head = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${result.title} · fedcheck</title>
<style>${raw(style)}</style><script>${raw(script)}</script></head>
`
  const body = html`<body>${shapes}<a class="jump" href="#main">Skip to the report</a>${topBar(result)}
<main id="main" class="wrap">
${overviewPage(result)}
${checkPages(result, facts, stories)}
${requirementsPage(result)}
${environmentPage(result)}
${stories.has(lab) && labPage(packNumber(result, lab), stories.get(lab) ?? nothing)}
</main>
<footer><div class="wrap">fedcheck ${result.fedcheck} · ${result.title} · this file asks no server for anything</div></footer>
${packs}
</body></html>
`
  return head.text + body.text
}

const nothing: Story = { facts: [], exchanges: [], findings: new Map(), offending: new Set() }

const digest = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`

const policy = [
  "default-src 'none'",
  `style-src ${digest(style)}`,
  `script-src ${digest(script)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Style and script may hold nothing that ends their element. */
const topBar = ({ target, startedAt }: RunResult): Markup =>
  html`<header class="top"><div class="wrap"><div class="brand">fedcheck<span>${target.name} ${target.version}, ${moment(startedAt)}</span></div><nav class="nav" aria-label="Pages"><a href="#overview">Overview</a><a href="#requirements">Requirements</a><a href="#environment">Environment</a></nav></div></header>`

/** A dossier's number is the place of its check in the result; the lab's comes after them. */
const packNumber = (result: RunResult, id: string): number => {
  const place = result.checks.findIndex((check) => check.id === id)
  return place < 0 ? result.checks.length : place
}

/** Evidence of failures is rendered first, so that it is the last to be cut when there is too much. */
const packsOf = (result: RunResult, stories: ReadonlyMap<string, Story>): readonly Markup[] => {
  const budget = new BodyBudget()
  const targets = result.targets.length > 0 ? result.targets : [result.target]
  const urgent = new Set(troubled(result).map(({ id }) => id))
  const ids = [...urgent, ...[...stories.keys()].filter((id) => !urgent.has(id))]
  const numbers = new Map(result.checks.map(({ id }, place) => [id, place]))
  return ids.flatMap((id) => {
    const story = stories.get(id)
    if (story === undefined || story.facts.length === 0) return []
    const anchor = id === lab ? lab : `check/${id}`
    const dossier = dossierOf(anchor, story, targets, budget)
    return [packed(numbers.get(id) ?? result.checks.length, dossier)]
  })
}

const checkPages = (
  result: RunResult,
  facts: readonly Fact[],
  stories: ReadonlyMap<string, Story>,
): readonly Markup[] => {
  const exchanges = exchangesOf(facts)
  const order = troubled(result).map(({ id }) => id)
  return result.checks.map((check, pack) => {
    const failure = failureOf(check, result, exchanges)
    const story = stories.get(check.id) ?? nothing
    return checkPage(check, {
      result,
      story,
      failure,
      pack,
      neighbours: neighboursOf(check.id, order),
    })
  })
}

const neighboursOf = (id: string, order: readonly string[]): CheckContext['neighbours'] => {
  const place = order.indexOf(id)
  if (place < 0) return { place: 0, of: order.length }
  const [before, after] = [order[place - 1], order[place + 1]]
  return {
    place: place + 1,
    of: order.length,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}
