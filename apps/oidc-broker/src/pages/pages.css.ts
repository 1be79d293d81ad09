/** The style sheet of all pages. Colours of the application come from `theme.css`, which follows it. */
export const PAGES_CSS = `:root {
  color-scheme: light dark;
  --paper: #ffffff; --box: #f3f5f8; --ink: #1b1f24; --soft: #545d68; --line: #d3dae1; --edge: #768390;
  --bad: #b3261e; --bad-box: #fdf1f0; --good: #1a6b3c; --good-box: #eff8f2;
  --key: #0b57d0; --on-key: #ffffff; --key-edge: #0b57d0; --key-ink: #0b57d0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --box: #20262c; --ink: #e6e9ec; --soft: #a4aeb8; --line: #38414a; --edge: #7d8894;
    --bad: #ffb4ab; --bad-box: #34201e; --good: #8fd5a8; --good-box: #182a20;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
.top, main { width: 100%; max-width: 27rem; margin: 0 auto; padding: 0 1.25rem; }
.top.wide, main.wide { max-width: 46rem; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.65rem; padding-top: 1.5rem; }
.top nav { display: flex; flex-wrap: wrap; gap: 1rem; margin-left: auto; }
header .aside { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; margin-left: auto; }
.name { font-weight: 600; min-width: 0; overflow-wrap: anywhere; }
.mark { display: grid; place-items: center; flex: none; width: 2.25rem; height: 2.25rem; border-radius: 0.6rem; font-weight: 700; color: var(--on-key); background: var(--key); border: 1px solid var(--key-edge); }
.logo { max-width: 9rem; height: 2.25rem; object-fit: contain; }
main { padding-top: 1.5rem; padding-bottom: 3rem; }
h1 { margin: 0 0 0.75rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 0 0 0.5rem; font-size: 1.15rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
a { color: var(--key-ink); text-underline-offset: 0.15em; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
.codes { margin: 0 0 1rem; padding: 1rem; font-size: 1.05rem; line-height: 1.8; white-space: pre-wrap; user-select: all; background: var(--box); border: 1px solid var(--line); border-radius: 0.5rem; }
.hint { color: var(--soft); font-size: 0.925rem; }
.alert, .notice { padding: 0.75rem 1rem; border: 1px solid; border-left-width: 4px; border-radius: 0.5rem; }
.alert { color: var(--bad); background: var(--bad-box); }
.notice { color: var(--good); background: var(--good-box); }
.problem { margin: 0.35rem 0 0; color: var(--bad); font-size: 0.925rem; }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; margin: 1.25rem 0; }
.stack > p { margin: 0; }
.field label, legend { display: block; margin-bottom: 0.3rem; font-weight: 600; }
.field .hint { margin: 0 0 0.35rem; }
input:not([type='checkbox'], [type='radio'], [type='hidden']), select { width: 100%; min-height: 2.9rem; padding: 0.55rem 0.75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 0.5rem; }
input[aria-invalid='true'] { border-color: var(--bad); border-width: 2px; }
input.code { font-size: 1.5rem; letter-spacing: 0.3em; font-variant-numeric: tabular-nums; }
input[type='checkbox'], input[type='radio'] { width: 1.25rem; height: 1.25rem; margin: 0.15rem 0 0; flex: none; accent-color: var(--key-ink); }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
.choice { display: flex; gap: 0.75rem; align-items: flex-start; font-weight: 400; cursor: pointer; }
.choices { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.6rem; margin: 0; padding: 0; list-style: none; }
.choices button { width: 100%; }
.choice { width: 100%; margin: 0; padding: 0.8rem 0.9rem; border: 1px solid var(--edge); border-radius: 0.6rem; }
.choice:hover { background: var(--box); }
.choice:has(:checked) { border-color: var(--key-ink); box-shadow: inset 0 0 0 1px var(--key-ink); }
.choice strong, .choice .hint { display: block; }
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem 0.75rem; align-items: center; }
.stack > .actions > :first-child { flex: 1 1 100%; }
button, .button { display: inline-block; min-height: 2.9rem; padding: 0.6rem 1.1rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: var(--on-key); background: var(--key); border: 1px solid var(--key-edge); border-radius: 0.5rem; cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
button.quiet, .button.quiet { color: var(--ink); background: var(--box); border-color: var(--edge); }
button.danger { color: var(--bad); background: var(--paper); border-color: var(--bad); }
button.link { min-height: 2rem; padding: 0.25rem 0; color: var(--key-ink); background: none; border: 0; font-weight: 400; text-decoration: underline; text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--key-ink); outline-offset: 2px; }
.card { margin: 0 0 1.25rem; padding: 1.1rem 1.2rem; border: 1px solid var(--line); border-radius: 0.75rem; }
.card > :last-child { margin-bottom: 0; }
.rows { margin: 0 0 1rem; padding: 0; list-style: none; }
.rows > li { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between; padding: 0.7rem 0; border-top: 1px solid var(--line); }
.rows > li:first-child { border-top: 0; }
.rows > li > div { flex: 1 1 9rem; min-width: 0; overflow-wrap: anywhere; }
.rows .hint { display: block; margin: 0; }
.rows button { min-height: 2.5rem; padding: 0.4rem 0.85rem; font-size: 0.95rem; }
.card .stack { max-width: 25rem; margin: 0.75rem 0 0; }
.card form:last-child, .card .rows:last-child { margin-bottom: 0; }
.tag { display: inline-block; padding: 0 0.5rem; font-size: 0.85rem; color: var(--soft); border: 1px solid var(--line); border-radius: 0.6rem; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.3rem 1rem; margin: 0 0 1rem; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (min-width: 40rem) {
  .top { padding-top: 2.5rem; }
  main.narrow { padding-top: 2rem; }
}
@media (max-width: 25rem) {
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.facts dd { margin-bottom: 0.5rem; }
}
@media (prefers-reduced-motion: no-preference) { button, .button, .choice { transition: background-color 0.12s, filter 0.12s; } }
@media print { body:has(.codes) :is(form, nav) { display: none; } }
@media (forced-colors: active) { button, .button, .mark { border: 1px solid; } }
`;
