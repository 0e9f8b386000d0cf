import { createHash } from 'node:crypto'
import { script } from './browser/script.ts'
import { style } from './browser/style.ts'

const hashed = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page loads nothing, runs its own script alone, asks its own server alone, and stands in no frame. */
export const pagePolicy = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${hashed(script)}`,
    `style-src ${hashed(style)}`,
    "connect-src 'self'",
    // The empty icon, so that the browser asks for none.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

/** Everything that a server says is put in by the script, as text. */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fedcheck serve</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header class="top"><div class="wrap">
<a class="brand" href="#">fedcheck serve</a><code id="name"></code>
<p id="live" role="status">connecting…</p>
</div></header>
<main class="wrap">
<noscript><p>This page shows what the server is doing while it does it; it needs JavaScript.</p></noscript>
<div id="overview" hidden>
<section><h2>Rooms <span id="room-count"></span></h2><div class="scroll"><table class="rooms">
<thead><tr><th>Room</th><th>Version</th><th class="num">Events</th><th class="num">Heads</th><th class="num">Members</th><th class="num">Servers</th></tr></thead>
<tbody id="rooms"></tbody></table></div></section>
<section><h2>Queues <span id="queue-count"></span></h2><div class="scroll"><table>
<thead><tr><th>To</th><th class="num">Waiting</th><th>Last try</th></tr></thead>
<tbody id="queues"></tbody></table></div></section>
<section><h2>Exchanges</h2>
<p class="tabs" role="group" aria-label="Whose"><button id="show-others" aria-pressed="true">between servers</button><button id="show-clients" aria-pressed="false">of clients</button></p>
<div class="scroll"><table class="exchanges">
<thead><tr><th>Time</th><th>With</th><th>Request</th><th>Answer</th><th class="num">ms</th></tr></thead>
<tbody id="exchanges"></tbody></table></div></section>
</div>
<div id="room" hidden>
<p><a href="#">← all of the server</a></p>
<h1 id="room-name"></h1>
<p class="dim"><code id="room-id"></code> <span id="room-facts"></span></p>
<h2>Newest events</h2>
<p class="legend"><span class="dot accepted"></span>accepted <span class="dot soft-failed"></span>soft-failed <span class="dot rejected"></span>rejected <span class="dot outlier"></span>outlier <span class="dot head"></span>head</p>
<div class="graph"><div id="picture"></div><ol id="events"></ol></div>
<h2>State <span id="state-count"></span></h2>
<div class="scroll"><table class="state">
<thead><tr><th>Type</th><th>Key</th><th>Sender</th><th class="num">Depth</th></tr></thead>
<tbody id="state"></tbody></table></div>
</div>
</main>
<script>${script}</script>
</body>
</html>
`
