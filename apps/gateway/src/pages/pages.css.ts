/** The one style sheet of our pages. */
export const PAGES_CSS = `main { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b1f24; }
h1 { font-size: 1.6rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid #d8dee4; }
td.up { color: #1a7f37; }
td.down { color: #b42318; }
tr:target { background: #fff8c5; }
code { font-size: 0.9em; }
`;
