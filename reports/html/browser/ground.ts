/** Tokens, type, frame, marks and tables. Dark is the same page with other values; nothing below the tokens names a colour. */
export const ground = String.raw`
:root {
  color-scheme: light dark;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
  --paper: #fff; --panel: #f5f6f7; --line: #d8dce1; --rule: #8a939e;
  --ink: #1a1e23; --ink2: #454d57; --ink3: #5c6570; --link: #1b57b0;
  --bad: #a8201a; --bad-bg: #fcecea; --good: #1c6a42; --good-bar: #7fb798;
  --odd: #65409b; --warn: #7c4a00; --warn-bg: #fdf3e0;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1c2026; --line: #333a43; --rule: #6d7783;
    --ink: #e8ebee; --ink2: #bcc4cd; --ink3: #98a2ad; --link: #8fbaff;
    --bad: #ff9c93; --bad-bg: #3b1e1d; --good: #84d0a4; --good-bar: #3f7a5b;
    --odd: #c8aef3; --warn: #efc073; --warn-bg: #33290f;
  }
}

* { box-sizing: border-box; }
html { scroll-padding-top: 5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: .9375rem/1.5 var(--sans); }
h1, h2, h3, h4, p, dl, dd, ol, ul, table, pre { margin: 0; padding: 0; }
h1 { font-size: 1.625rem; line-height: 1.25; font-weight: 650; letter-spacing: -.012em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; line-height: 1.35; font-weight: 650; margin: 2.25rem 0 .625rem; }
ol, ul { list-style: none; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
code, pre, kbd { font-family: var(--mono); font-size: .86em; overflow-wrap: anywhere; font-variant-ligatures: none; }
kbd { border: 1px solid var(--line); border-radius: 3px; padding: 0 .4em; }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
[tabindex="-1"]:focus { outline: none; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.small { font-size: .8125rem; }
.lead { max-width: 48rem; margin-top: .5rem; color: var(--ink2); }
.bad { color: var(--bad); }
.dim, .zero { color: var(--ink3); }
.shapes { position: absolute; }

.wrap { max-width: 74rem; margin-inline: auto; padding-inline: 1.5rem; }
.jump { position: absolute; left: -99rem; }
.jump:focus { left: 1rem; top: .25rem; z-index: 9; background: var(--paper); padding: .25rem .5rem; }
.top { position: sticky; top: 0; z-index: 5; background: var(--paper); border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1.75rem; }
.brand { font: 650 .9375rem var(--mono); padding: .75rem 0; }
.brand span { font: 400 .8125rem var(--sans); color: var(--ink3); margin-left: .625rem; }
.nav { display: flex; gap: 1.25rem; margin-left: auto; }
.nav a { color: var(--ink2); text-decoration: none; padding: .75rem 0 .625rem; border-bottom: 2px solid transparent; }
.nav a:hover { color: var(--ink); border-color: var(--line); }
.nav a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--ink); }
main { padding-block: 1.75rem 4rem; }
footer { border-top: 1px solid var(--line); padding: 1rem 0 2rem; color: var(--ink3); font-size: .8125rem; overflow-wrap: anywhere; }
.page { scroll-margin-top: 20rem; }
.page + .page { margin-top: 3rem; }
.js .page { display: none; margin-top: 0; }
.js .page.shown { display: block; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) 20.5rem; gap: 0 3rem; align-items: start; margin-top: 1.75rem; }
.two > .early { order: 2; }
.two > * > h2:first-child { margin-top: 0; }

.ok { color: var(--good); --shape: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='1.75'><circle cx='8' cy='8' r='6.5'/><path d='M4.8 8.3 7.2 10.6 11.3 5.6'/></svg>"); }
.fail { color: var(--bad); --shape: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='2'><path d='M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5zM5.4 5.4l5.2 5.2m0-5.2-5.2 5.2'/></svg>"); }
.odd { color: var(--odd); --shape: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='1.5'><path d='M8 1 15 8 8 15 1 8zM6.2 6.7c0-2.4 3.6-2.2 3.6 0C9.8 8 8 7.9 8 9.3m0 1.2v1.4'/></svg>"); }
.none { color: var(--ink3); --shape: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='1.75'><circle cx='8' cy='8' r='6.5' stroke-dasharray='2.5 1.6'/><path d='M5 8h6'/></svg>"); }
.warn { color: var(--warn); --shape: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='1.6'><path d='M8 1.5 15 14H1zM8 6v4m0 1.2v1.3'/></svg>"); }
:is(.ok, .fail, .odd, .none, .warn)::before { content: ""; display: inline-block; width: 1em; height: 1em; margin-right: .35em; vertical-align: -.125em; background: currentColor; -webkit-mask: var(--shape) center / contain no-repeat; mask: var(--shape) center / contain no-repeat; print-color-adjust: exact; }
.zero { color: var(--ink3); }
.mark { font-weight: 600; white-space: nowrap; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 3px; padding: 0 .4em; font-size: .75rem; line-height: 1.5; font-weight: 600; white-space: nowrap; }
.tag.solid { background: var(--bad); border-color: var(--bad); color: var(--paper); }
.tag.dash { border-style: dashed; color: var(--ink2); }
.tag.plain { border-color: var(--line); color: var(--ink2); font-weight: 500; }
.tags { display: flex; flex-wrap: wrap; gap: .375rem .5rem; align-items: center; }
h1 + .tags { margin-top: .375rem; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3125rem .75rem .3125rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--ink3); font-size: .75rem; font-weight: 600; border-color: var(--rule); vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 500; }
.num { text-align: right; }
.z { color: var(--ink3); }
tr.on > * { background: var(--panel); }
tr.hit > * { background: var(--bad-bg); }
tr.cutrow > * { color: var(--ink3); font-style: italic; }
.scroll { overflow-x: auto; overflow-y: hidden; }
.dense { font-size: .8125rem; }
.dense code { font-size: .92em; }
.dense .small { font-size: inherit; }
.dense tbody th { white-space: nowrap; }
#reqs tbody th { width: 36%; white-space: normal; overflow-wrap: anywhere; }
#reqs td:nth-child(5) { overflow-wrap: anywhere; max-width: 16rem; }
tr:target > * { background: var(--warn-bg); }
.facts-table th { width: 9rem; }
`
