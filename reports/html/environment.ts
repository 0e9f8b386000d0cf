import type { RunResult } from '../../harness/results/outcome.ts'
import { printable, shellWord } from '../failure.ts'
import { count, duration, moment, thousands } from '../words.ts'
import { commandView, dossierPlace } from './check.ts'
import { html, type Content, type Markup } from './markup.ts'
import type { Story } from './story.ts'

/** How the run was made, and the command that makes it again. */
export const environmentPage = (result: RunResult): Markup =>
  html`<section class="page" id="environment"><h1>How this run was made, and how to make it again</h1>
<p class="lead">Recorded by the run itself; nothing here was typed in afterwards.</p>
<h2>Run it again</h2>${commandView(repeatCommand(result), 'Copy the command that repeats the run')}
<h2>Versions</h2><table class="dense facts-table"><tbody>${rows(result).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table></section>`

const repeatCommand = ({ command, seed }: RunResult): string => {
  const words = command.map((word) => shellWord(printable(word)))
  const first = words[0] ?? ''
  const named = /(^|\/)(npx|fedcheck|fedcheck\.js|node)$/.test(first)
    ? words
    : ['npx', 'fedcheck', ...words]
  const seeded = words.some((word) => word === '--seed' || word.startsWith('--seed='))
  return [...named, ...(seeded ? [] : ['--seed', String(seed)])].join(' ')
}

const rows = (result: RunResult): [string, Content][] => [
  ...(result.targets.length > 0 ? result.targets : [result.target]).map(
    ({ name, version, spec, serverName }): [string, Content] => [
      'Target',
      html`${name} ${version} <span class="dim">as</span> <code>${printable(spec)}</code><span class="dim">, server name</span> <code>${serverName}</code>`,
    ],
  ),
  ['fedcheck', result.fedcheck],
  [
    'Specification',
    html`<a href="https://spec.matrix.org/" rel="noreferrer">Matrix ${result.specification}</a>`,
  ],
  ['Room versions', result.roomVersions.join(', ') || 'none'],
  ['Node', `${result.environment.node}, ${result.environment.platform}`],
  ['Workers', result.environment.workers],
  ['Started', moment(result.startedAt)],
  ['Took', duration(result.durationMs)],
  ['Seed', html`<code>${result.seed}</code>`],
  [
    'Recorded',
    `${count(result.exchanges, 'exchange')}, ${count(result.findings.length, 'finding')}, ${thousands(result.checks.length)} checks`,
  ],
  [
    'Ended',
    result.interrupted ? 'interrupted before the plan was done' : 'by itself, with the plan done',
  ],
]

/** What belongs to no check: the doctor, start-up, late requests. */
export const labPage = (pack: number, story: Story): Markup =>
  html`<section class="page" id="lab"><p class="crumb"><a href="#environment">Environment</a></p><h1>Outside any check</h1><p class="lead">Start-up, and what came in when no check was waiting for it.</p>${dossierPlace(pack, story)}</section>`
