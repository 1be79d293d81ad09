/** The style sheet of the partner's pages. */
export const PARTNER_CSS = `:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e9ec); --soft: light-dark(#57606a, #9aa4ae); --line: light-dark(#d8dee4, #3a424a); --box: light-dark(#f6f8fa, #20262c); --key: light-dark(#0b57d0, #8ab4f8); --on-key: light-dark(#fff, #10161d); }
body { margin: 0; background: light-dark(#fff, #14181c); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
a { color: var(--key); }
pre { overflow-x: auto; padding: 0.8rem; background: var(--box); border: 1px solid var(--line); border-radius: 0.4rem; font-size: 0.9rem; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
input { flex: 1 1 12rem; min-width: 0; padding: 0.5rem 0.6rem; font: inherit; color: inherit; background: var(--box); border: 1px solid var(--soft); border-radius: 0.4rem; }
button, .button { display: inline-block; padding: 0.55rem 1rem; font: inherit; color: var(--on-key); background: var(--key); border: 0; border-radius: 0.4rem; text-decoration: none; cursor: pointer; }
:focus-visible { outline: 3px solid var(--key); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.35rem 0.8rem 0.35rem 0; border-bottom: 1px solid var(--line); }
.hint { color: var(--soft); font-size: 0.9rem; }
.first, .again { padding: 0.8rem 1rem; background: var(--box); border-left: 4px solid var(--key); }
`;
