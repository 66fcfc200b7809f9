/** The page's only style; contrasts are at least 4.5:1 in light and dark. */
export const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --line: #8884; --soft: light-dark(#57606a, #9da7b1); }
body { margin: 0; }
header, main { padding: 1rem 1.5rem; }
header { border-bottom: 1px solid var(--line); }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
div + h2, p + h2, ul + h2 { margin-top: 1.5rem; }
p { margin: .25rem 0; }
small { color: var(--soft); font-weight: normal; }
nav { display: flex; gap: 1rem; margin-top: .5rem; }
code { font: 13px ui-monospace, monospace; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.counts li, .status { border-radius: 1rem; padding: .1rem .6rem; white-space: nowrap; background: light-dark(#e8ebee, #30363d); }
.failed, .timeout { background: light-dark(#ffd7d5, #7a1f1f) !important; }
.running { background: light-dark(#d4e6ff, #1c3f70) !important; }
.success { background: light-dark(#d3f4da, #1d4d2a) !important; }
.unknown { background: light-dark(#fff0c2, #5a4500) !important; }
.missing { margin: 0; padding: .5rem 1.5rem; border-left: 4px solid light-dark(#cf222e, #f85149); list-style: none; }
.missing li { margin: .2rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td small { display: block; max-width: 22rem; }
td:nth-child(4) { min-width: 7rem; }
td:nth-child(8) { min-width: 9rem; }
td.number small { display: inline; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td code, td:nth-child(5) { white-space: nowrap; }
td .status { display: inline-block; }
progress { width: 6rem; }
.stale { color: light-dark(#8a4b00, #ffb454); }
`;
