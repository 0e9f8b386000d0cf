/** Overview, check, pictures and exchanges. */
export const pages = String.raw`
.verdict { border-left: 4px solid var(--bad); padding-left: 1.25rem; }
.verdict.good { border-color: var(--good); }
.facts { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; color: var(--ink3); font-size: .8125rem; margin-bottom: .375rem; }
.tally { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1.5rem 0 0; }
.tally b { font-size: 1.375rem; font-weight: 650; margin-right: .3rem; font-variant-numeric: tabular-nums; }
.find { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin: 0 0 1.75rem; }
#requirements .find { margin-top: 1.25rem; }
.find label { font-weight: 600; font-size: .8125rem; }
input, select, button { font: inherit; font-size: .875rem; color: inherit; background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; padding: .25rem .5rem; min-height: 2rem; }
input[type="search"] { flex: 1 1 14rem; min-width: 0; max-width: 26rem; }
::placeholder { color: var(--ink3); opacity: 1; }
button { cursor: pointer; }
button:hover { background: var(--panel); }
.fails > li { border-top: 1px solid var(--line); padding: .75rem 0; overflow-wrap: anywhere; }
.fails a { font-weight: 600; }
.fails .small a { font-weight: 500; }
.fails .id { color: var(--ink3); margin: .0625rem 0 .1875rem; }
.gate li { display: grid; grid-template-columns: 1.5rem 1fr; padding: .375rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.gate li::before { margin-top: .2em; }
.gate span { color: var(--ink); }
.gate code { white-space: nowrap; }
.gate small { display: block; color: var(--ink3); font-size: .8125rem; }
.term { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: .5rem .75rem; font: .8125rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; margin: .75rem 0 0; }

.counts th { white-space: nowrap; }
.counts td.w { width: 42%; }
.counts thead .num { padding-left: .5rem; }
.n-failed { color: var(--bad); font-weight: 650; }
.n-inconclusive { color: var(--odd); font-weight: 650; }
.n-errored { color: var(--warn); font-weight: 650; }
.n-skipped { color: var(--ink3); }
.bar { width: 100%; height: 12px; margin-top: .3125rem; display: block; print-color-adjust: exact; overflow: visible; }
.bar rect { stroke-width: 1; }
.b-passed { fill: var(--good-bar); stroke: var(--good); }
.b-failed { fill: url(#stripes); stroke: var(--bad); }
.b-inconclusive { fill: url(#dots); stroke: var(--odd); }
.b-skipped { fill: none; stroke: var(--rule); }
.b-errored { fill: url(#cross); stroke: var(--warn); }
.h-ground { fill: var(--panel); } .h-line { stroke: var(--rule); stroke-width: 1.5; opacity: .55; }
.s-ground { fill: var(--paper); } .s-line { stroke: var(--bad); stroke-width: 2; }
.d-dot { fill: var(--odd); } .c-line { stroke: var(--warn); stroke-width: .8; fill: none; }
.tip { fill: var(--ink2); } .tip-bad { fill: var(--bad); }
.chapter { border-top: 1px solid var(--line); padding: .375rem 0; }
.chapter > summary { font-weight: 600; width: auto; color: var(--ink); font-size: .9375rem; }
.chapter small { font-weight: 400; color: var(--ink3); font-size: .8125rem; margin-left: .5rem; }
.checks { margin: .25rem 0 .5rem; font-size: .875rem; }
.checks li { padding: .25rem 0 .25rem 1rem; overflow-wrap: anywhere; }

.crumb { color: var(--ink3); font-size: .8125rem; margin-bottom: .5rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.block { display: grid; grid-template-columns: 7.25rem minmax(0, 1fr); }
.block > * { padding: .625rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.block > dt { color: var(--ink3); font-size: .8125rem; font-weight: 600; line-height: 1.73; }
.block .actual.failed { box-shadow: -1rem 0 var(--paper), -1.25rem 0 var(--bad); }
.says { white-space: pre-wrap; }
.why { margin: 0; padding: 0; list-style: none; }
.why > li + li { margin-top: .5rem; }
.demand + .demand { margin-top: .5rem; }
.cmd { display: flex; gap: .5rem; align-items: flex-start; }
.cmd code { flex: 1; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: .3125rem .625rem; }
.cmd + details { margin-top: .5rem; }
details > summary { cursor: pointer; color: var(--link); font-size: .875rem; width: fit-content; }
.dossier, .dossier-none { margin-top: 2.25rem; }
.tabs { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0 0 1.25rem; border-bottom: 1px solid var(--rule); }
.tabs a { padding: .375rem 0; margin-bottom: -1px; color: var(--ink2); text-decoration: none; border-bottom: 3px solid transparent; }
.tabs a:hover { color: var(--ink); }
.tabs a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--ink); }
.pane { scroll-margin-top: 7rem; }
.pane > h2:first-child { margin-top: 0; }

.pic { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 0 2rem; align-items: start; margin-top: .75rem; }
.pic.whole { grid-template-columns: minmax(0, 1fr); }
.pic .scroll > svg { width: 100%; display: block; font: 11px var(--mono); overflow: visible; }
.pic .scroll > svg.many { min-width: 46rem; }
.pic .scroll > svg.crowd { min-width: 84rem; }
.pic svg svg { overflow: visible; }
.pic text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.pic svg a { cursor: pointer; outline: none; }
.pic .t, .pic .sub { fill: var(--ink3); font-size: 10px; }
.pic .mid, .pic .label { text-anchor: middle; }
.pic .h { font-weight: 700; font-size: 13px; }
.pic .t { text-anchor: start; }
.lane { stroke: var(--rule); }
.lane.judged { stroke: var(--ink); stroke-width: 2; }
.band { fill: url(#hatch); stroke: var(--rule); stroke-dasharray: 2 3; }
.tick { stroke: var(--ink); stroke-dasharray: 1 3; }
.x rect { x: 0; width: 100%; height: 30px; fill: transparent; }
.x:hover rect, .x.on rect { fill: var(--panel); fill-opacity: .75; }
.x:focus-visible rect { stroke: var(--link); stroke-width: 2; }
.x line, .x .self { stroke: var(--ink2); stroke-width: 1.25; marker-end: url(#tip); fill: none; }
.x .part { marker-end: none; }
.x:is(.held, .drop) :is(line, .self) { stroke-dasharray: 5 4; }
.cross { stroke: var(--bad); stroke-width: 2.25; fill: none; }
.x.bad :is(line, .self) { stroke: var(--bad); stroke-width: 3; marker-end: url(#tip-bad); }
.x.bad .part { marker-end: none; }
.x.bad .label { fill: var(--bad); font-weight: 700; }
.x.bad rect, .x.bad.on rect { fill: var(--bad-bg); fill-opacity: 1; }
.x.bad text { stroke: var(--bad-bg); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .8125rem; color: var(--ink2); margin-top: .5rem; }
.legend svg { width: 2.25rem; height: 1rem; vertical-align: -.1875rem; margin-right: .25rem; overflow: visible; }
.legend .l { stroke: var(--ink2); stroke-width: 1.25; marker-end: url(#tip); }
.legend .l.part { marker-end: none; stroke-dasharray: 5 4; }
.legend .l.held { stroke-dasharray: 5 4; }
.legend .l.bad { stroke: var(--bad); stroke-width: 3; marker-end: url(#tip-bad); }
.peek { position: sticky; top: 4rem; border: 1px solid var(--line); border-radius: 4px; background: var(--panel); padding: .75rem 1rem; font-size: .8125rem; }
.peek h3 { margin: 0 0 .375rem; font-size: .9375rem; }
.peek dl { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: .1875rem .5rem; }
.peek dt { color: var(--ink3); }
.peek dd { overflow-wrap: anywhere; }
.twin { margin-top: 1rem; }
.twin table { margin-top: .5rem; }
.twin td { overflow-wrap: anywhere; }
.twin td:nth-child(-n + 4) { white-space: nowrap; }

.ex { border: 1px solid var(--line); border-radius: 4px; margin-top: .625rem; }
.ex > summary { padding: .5rem 1rem; width: auto; color: var(--ink); background: var(--panel); border-radius: 3px; overflow-wrap: anywhere; }
.ex[open] > summary { border-bottom: 1px solid var(--line); }
.ex .no { font-weight: 650; }
.ex > .body { padding: .5rem 1rem 1rem; }
.ex .uri { margin-top: .25rem; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 2rem; }
.pair > div { min-width: 0; }
.ex h3 { font-size: .8125rem; margin: .75rem 0 .25rem; }
.hdr { font: .8125rem/1.5 var(--mono); overflow-wrap: anywhere; font-variant-ligatures: none; }
.hdr b { font-weight: 500; color: var(--ink3); }
.json { font: .8125rem/1.55 var(--mono); background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: .375rem .625rem; margin-top: .375rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.flag { display: block; background: var(--warn-bg); color: inherit; box-shadow: inset 4px 0 var(--warn); margin-inline: -.625rem; padding-inline: .625rem; }
.pin { display: block; white-space: normal; font: .8125rem/1.5 var(--sans); padding: .125rem .625rem .375rem; background: var(--warn-bg); box-shadow: inset 4px 0 var(--warn); margin-inline: -.625rem; }
:not(pre) > .pin { margin: .375rem 0 0; padding: .25rem .625rem; }
.pin code { font-weight: 700; }
.redact { background: var(--ink2); color: var(--paper); border-radius: 2px; padding: 0 .375em; }
.cutoff { border: 1px dashed var(--warn); border-radius: 4px; color: var(--warn); padding: .375rem .625rem; margin-top: .5rem; font-size: .8125rem; }
.log { font: .8125rem/1.5 var(--mono); overflow-wrap: anywhere; white-space: pre-wrap; }
.v-failed { color: var(--bad); font-weight: 600; }
.v-inconclusive, .v-errored { color: var(--odd); font-weight: 600; }
.v-skipped { color: var(--ink3); }
`

/** Narrow screens: one column; secondary columns and words give way, nothing is zoomed. Print: what is shown, on white, folded text opened by the script. */
export const media = String.raw`
@media (max-width: 62rem) {
  .two, .pic, .pair { grid-template-columns: minmax(0, 1fr); }
  .two > .early { order: 0; margin-bottom: 2rem; }
  .two > aside:not(.early) { margin-top: 1.5rem; }
  .peek { top: auto; bottom: 0; margin-top: .75rem; }
}
@media (max-width: 40rem) {
  .counts thead .num span { position: absolute; clip-path: inset(50%); }
  .wrap { padding-inline: 1rem; }
  .brand { padding-bottom: 0; }
  .brand span { display: none; }
  .nav { flex-wrap: wrap; margin-left: 0; width: 100%; gap: 0 1.125rem; font-size: .875rem; }
  .nav a { padding: .5rem 0; }
  h1 { font-size: 1.3125rem; }
  .block { display: block; }
  .block > dt { padding-bottom: 0; }
  .block > dd { border: 0; padding-top: 0; }
  .block .actual.failed { box-shadow: none; border-left: 4px solid var(--bad); padding-left: .625rem; }
  .cmd { flex-wrap: wrap; }
  .cmd code { flex-basis: 100%; }
  .tally { gap: .375rem 1.25rem; }
  .verdict { padding-left: .875rem; }
  .w { display: none; }
  .pic text { font-size: 10px; }
  .pic .h { font-size: 12px; }
  .peek { padding: .375rem .75rem; }
  .peek h3, .peek dl, .peek :is(dt, dd) { display: inline; }
  .peek :is(h3, dt, dd)::after { content: " "; }
  .stack thead { display: none; }
  .stack tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .375rem 0; border-bottom: 1px solid var(--line); }
  .stack tr > * { border: 0; padding: 0; background: none; }
  .stack td:empty { display: none; }
  .stack tr.hit { background: var(--bad-bg); padding-left: .5rem; }
  #reqs tbody th { width: 100%; }
  #reqs td:nth-child(5) { max-width: none; }
  .stack [data-label]::before { content: attr(data-label) " "; color: var(--ink3); }
  .counts { font-size: .8125rem; }
  .counts :is(th, td) { padding-right: .375rem; }
  .counts th { white-space: normal; }
}
@media (forced-colors: active) { .bar rect, :is(.ok, .fail, .odd, .none, .warn)::before { forced-color-adjust: none; } }
@media print {
  @page { size: A4; margin: 14mm; }
  body { font-size: 9.5pt; }
  .js #overview.shown ~ .told { display: block; break-before: page; }
  .js .page.shown .pane[hidden] { display: block !important; margin-top: 1.5rem; }
  .top, .tabs, .find, .jump, button, .peek, .noprint { display: none !important; }
  .wrap { max-width: none; padding: 0; }
  main { padding: 0; }
  .two { grid-template-columns: minmax(0, 1fr) 13.5rem; gap: 0 1.5rem; }
  .two > .early { order: 2; }
  .pic { display: block; }
  .dense, .gate :is(li, small), .term { font-size: 7.5pt; }
  .scroll { overflow: visible; }
  tr, .fails li, .gate li, .block > dd { break-inside: avoid; }
  h2, h3, h2 + p { break-after: avoid; }
  .tag, .bar, .json, .flag, tr.hit > *, .term, .redact { print-color-adjust: exact; }
}
`
