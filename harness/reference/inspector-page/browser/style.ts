/** The page's only style sheet: its hash is in the page's policy. */
export const style = String.raw`
:root {
  color-scheme: light dark;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
  --paper: #fff; --panel: #f5f6f7; --line: #d8dce1; --rule: #8a939e;
  --ink: #1a1e23; --ink2: #454d57; --ink3: #5c6570; --link: #1b57b0;
  --bad: #a8201a; --good: #1c6a42; --odd: #65409b; --warn: #7c4a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1c2026; --line: #333a43; --rule: #6d7783;
    --ink: #e8ebee; --ink2: #bcc4cd; --ink3: #98a2ad; --link: #8fbaff;
    --bad: #ff9c93; --good: #84d0a4; --odd: #c8aef3; --warn: #efc073;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: .9375rem/1.5 var(--sans); }
h1, h2, p, ol, table, pre { margin: 0; padding: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; margin-top: .75rem; }
h2 { font-size: 1.0625rem; line-height: 1.35; font-weight: 650; margin: 2rem 0 .5rem; }
h2 span { font-weight: 400; color: var(--ink3); font-size: .8125rem; margin-left: .375rem; }
section:first-child h2, #overview > section:first-child h2 { margin-top: 0; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
code, pre { font-family: var(--mono); font-size: .86em; overflow-wrap: anywhere; font-variant-ligatures: none; }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.dim { color: var(--ink3); }
.bad { color: var(--bad); }
.wrap { max-width: 74rem; margin-inline: auto; padding-inline: 1.5rem; }
.top { position: sticky; top: 0; z-index: 5; background: var(--paper); border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1.25rem; padding-block: .625rem; }
.brand { font: 650 .9375rem var(--mono); color: inherit; text-decoration: none; }
#live { margin-left: auto; font-size: .8125rem; color: var(--ink3); }
#live.on::before, #live.lost::before { content: ""; display: inline-block; width: .5rem; height: .5rem; margin-right: .4rem; border-radius: 50%; background: var(--good); }
#live.lost { color: var(--bad); }
#live.lost::before { border-radius: 0; background: var(--bad); }
main { padding-block: 1.5rem 4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .3125rem .75rem .3125rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--ink3); font-size: .75rem; font-weight: 600; border-color: var(--rule); white-space: nowrap; }
.num { text-align: right; }
td.short { white-space: nowrap; }
td.with { min-width: 12rem; max-width: 18rem; overflow-wrap: anywhere; }
td.empty { color: var(--ink3); }
td small { display: block; color: var(--ink3); font-size: .8125rem; overflow-wrap: anywhere; }
.tabs { display: flex; gap: .375rem; margin-bottom: .5rem; }
.tabs button { font: inherit; font-size: .8125rem; color: var(--ink2); background: none; border: 1px solid var(--line); border-radius: 3px; padding: .125rem .625rem; cursor: pointer; }
.tabs button[aria-pressed="true"] { color: var(--ink); border-color: var(--ink2); font-weight: 600; background: var(--panel); }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: .125rem .375rem; color: var(--ink2); font-size: .8125rem; margin-bottom: .5rem; }
.dot { display: inline-block; width: .6875rem; height: .6875rem; border-radius: 50%; background: var(--ink2); margin-left: .625rem; }
.dot:first-child { margin-left: 0; }
.dot.soft-failed { background: none; border: 2px dashed var(--odd); }
.dot.rejected { border-radius: 0; background: var(--bad); }
.dot.outlier { width: .4375rem; height: .4375rem; background: var(--rule); }
.dot.head { background: var(--good); box-shadow: 0 0 0 2px var(--paper), 0 0 0 3px var(--good); }
.graph { display: flex; border-top: 1px solid var(--rule); }
#picture { flex: none; max-width: 35%; overflow-x: auto; overflow-y: hidden; }
#picture svg { display: block; }
#picture path { fill: none; stroke: var(--rule); stroke-width: 1.5; }
#picture path.out { stroke-dasharray: 2 3; }
#picture .accepted { fill: var(--ink2); }
#picture .soft-failed { fill: var(--paper); stroke: var(--odd); stroke-width: 2; stroke-dasharray: 3 2; }
#picture .rejected { fill: var(--bad); }
#picture .outlier { fill: var(--rule); }
#picture .head { fill: var(--good); }
#picture .ring { fill: none; stroke: var(--good); }
#events { flex: 1; min-width: 0; list-style: none; }
#events button { display: flex; gap: .75rem; align-items: center; width: 100%; height: 30px; padding: 0 .25rem 0 .5rem; font: inherit; font-size: .875rem; text-align: left; color: inherit; background: none; border: 0; border-bottom: 1px solid var(--line); cursor: pointer; white-space: nowrap; }
#events button:hover, #events button[aria-expanded="true"] { background: var(--panel); }
#events .type { font-weight: 550; flex: none; max-width: 55%; overflow: hidden; text-overflow: ellipsis; }
#events .who { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--ink3); font-size: .8125rem; }
#events .depth { flex: none; color: var(--ink3); font-size: .8125rem; font-variant-numeric: tabular-nums; }
#events .soft-failed .type { color: var(--odd); }
#events .rejected .type { color: var(--bad); }
#events .outlier .type { color: var(--ink3); font-weight: 400; }
dialog { color: inherit; background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; padding: 1rem 1.25rem; width: min(46rem, calc(100vw - 2rem)); max-height: calc(100vh - 4rem); overflow: auto; }
dialog::backdrop { background: #0006; }
dialog h2 { margin: 0; overflow-wrap: anywhere; }
dialog dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .125rem 1rem; margin: .75rem 0; font-size: .875rem; }
dialog dt { color: var(--ink3); }
dialog dd { margin: 0; overflow-wrap: anywhere; }
dialog pre { background: var(--panel); padding: .625rem .75rem; white-space: pre-wrap; margin-bottom: .75rem; }
dialog button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--rule); border-radius: 3px; padding: .25rem .875rem; cursor: pointer; }
@media (max-width: 40rem) {
  .wrap { padding-inline: 1rem; }
  #live { margin-left: 0; flex-basis: 100%; }
  .rooms thead, .exchanges thead { display: none; }
  .rooms tr, .exchanges tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding-block: .375rem; border-bottom: 1px solid var(--line); }
  .rooms td, .exchanges td { padding: 0; border: 0; }
  .rooms td:first-child, .exchanges td.request { flex-basis: 100%; }
  .rooms td[data-label] { color: var(--ink2); font-size: .8125rem; }
  .rooms td[data-label="version"]::before { content: "version "; }
  .rooms td:not([data-label="version"])[data-label]::after { content: " " attr(data-label); }
  .exchanges td.request { order: 2; }
  .exchanges td.with { flex: 1; min-width: 0; max-width: none; }
  .exchanges td.num::after { content: " ms"; color: var(--ink3); }
  .exchanges td[colspan] { flex: 1; }
  .state th:nth-child(3), .state td:nth-child(3) { display: none; }
  #events .who { display: none; }
  #events .type { max-width: none; flex: 1; }
}
@media (pointer: coarse) { .tabs button { padding-block: .375rem; } }
`
