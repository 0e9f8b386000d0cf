import { html } from './markup.ts'

/** Arrow heads and fillings that the pictures share. Presentation attributes are no inline style, so the policy lets them be. */
export const shapes = html`<svg width="0" height="0" class="shapes" aria-hidden="true">
<marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse"><path class="tip" d="M0 .5 8 4 0 7.5z"/></marker>
<marker id="tip-bad" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="12" markerHeight="12" orient="auto" markerUnits="userSpaceOnUse"><path class="tip-bad" d="M0 .5 8 4 0 7.5z"/></marker>
<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="h-ground" width="7" height="7"/><path class="h-line" d="M0 0v7"/></pattern>
<pattern id="stripes" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="s-ground" width="4" height="4"/><path class="s-line" d="M1 0v4"/></pattern>
<pattern id="dots" width="4" height="4" patternUnits="userSpaceOnUse"><circle class="d-dot" cx="2" cy="2" r="1.2"/></pattern>
<pattern id="cross" width="5" height="5" patternUnits="userSpaceOnUse"><path class="c-line" d="M0 0 5 5M5 0 0 5"/></pattern>
</svg>`
