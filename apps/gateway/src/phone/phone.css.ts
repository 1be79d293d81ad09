/** The style sheet of the virtual phone. */
export const PHONE_CSS = `:root {
  color-scheme: light dark;
  --desk: linear-gradient(160deg, #eef2f9, #dfe6f2 60%, #e9e4f4);
  --ink: #14181f; --soft: #566073; --link: #1f56c5;
  --case: #10131a; --screen: #f3f4f8; --card: #ffffff; --line: #e1e5ec;
  --code: #eaf1ff; --code-ink: #123c94; --email: #2563eb; --sms: #15803d; --ok: #15803d; --wait: #b45309;
}
@media (prefers-color-scheme: dark) {
  :root {
    --desk: linear-gradient(160deg, #12151c, #1a1f2b 60%, #1d1a29);
    --ink: #eef1f6; --soft: #a3adbd; --link: #8ab4ff;
    --case: #05060a; --screen: #171b24; --card: #222835; --line: #323a4a;
    --code: #17294d; --code-ink: #cfe0ff; --email: #3b82f6; --sms: #22a355; --ok: #4ade80; --wait: #fbbf24;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--desk) fixed; color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 6px; }
.desk { display: flex; flex-wrap: wrap; gap: 2rem 5rem; justify-content: center; align-items: center;
  min-height: 100vh; padding: 2rem 1.25rem; }
.about { flex: 0 1 22rem; }
.about h1 { margin: 0 0 .5rem; font-size: 2.4rem; line-height: 1.1; letter-spacing: -.02em; }
.brand { margin: 0 0 1.5rem; font-weight: 600; }
.brand a { color: var(--soft); text-decoration: none; }
.brand a:hover { text-decoration: underline; }
.filter { margin: 1.75rem 0 1rem; }
.filter label { display: block; font-weight: 600; margin-bottom: .35rem; }
.filter input { width: 100%; font: inherit; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); color: var(--ink); }
.hint { margin: .35rem 0; color: var(--soft); font-size: .875rem; }
.state { display: flex; align-items: center; gap: .5rem; font-weight: 600; }
.dot { width: .7rem; height: .7rem; border-radius: 50%; background: var(--wait); }
.state.live .dot { background: var(--ok); }
.phone { flex: 0 0 auto; width: min(25rem, 100%); padding: .75rem; border-radius: 3.2rem; background: var(--case);
  box-shadow: 0 1.5rem 4rem rgb(15 20 40 / .35), inset 0 0 0 2px rgb(255 255 255 / .12); }
.screen { position: relative; height: min(46rem, calc(100vh - 5.5rem)); min-height: 30rem; overflow: hidden auto;
  border-radius: 2.5rem; background: var(--screen); scrollbar-width: thin; }
.bar { position: sticky; top: 0; z-index: 1; display: grid; grid-template-columns: 1fr auto 1fr; align-items: center;
  padding: .8rem 1.6rem .5rem; font-weight: 600; font-size: .9rem; background: var(--screen); }
.island { width: 6.5rem; height: 1.6rem; border-radius: 1rem; background: var(--case); }
.signal { display: flex; justify-content: flex-end; align-items: flex-end; gap: 2px; }
.signal i { width: 4px; border-radius: 1px; background: var(--ink); height: 4px; }
.signal i:nth-child(2) { height: 7px; } .signal i:nth-child(3) { height: 10px; } .signal i:nth-child(4) { height: 13px; }
.title { margin: .6rem 1.4rem .4rem; font-size: 1.7rem; letter-spacing: -.01em; }
.count { font-size: 1rem; font-weight: 500; color: var(--soft); }
.empty { margin: 6rem 2rem; text-align: center; color: var(--soft); }
.list { list-style: none; margin: 0; padding: .25rem .9rem 2rem; }
.list li { margin: 0 0 .75rem; }
.card { padding: .9rem 1rem 1rem; border-radius: 1.35rem; background: var(--card);
  box-shadow: 0 1px 2px rgb(15 20 40 / .1); }
.list li.new .card { animation: arrive .45s ease-out; }
@keyframes arrive { from { opacity: 0; transform: translateY(-.8rem) scale(.98); } }
@media (prefers-reduced-motion: reduce) { .list li.new .card { animation: none; } }
.head { display: flex; align-items: center; gap: .55rem; font-size: .8rem; color: var(--soft); }
.icon { flex: none; width: 1.5rem; height: 1.5rem; padding: .22rem; border-radius: .45rem; fill: #fff; }
.email .icon { background: var(--email); } .sms .icon { background: var(--sms); }
.who { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.subject { margin: .55rem 0 0; font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
.code { display: flex; align-items: center; justify-content: space-between; gap: .5rem; margin: .65rem 0 0;
  padding: .55rem .6rem .55rem 1rem; border-radius: .9rem; background: var(--code); color: var(--code-ink); }
.code strong { font: 700 1.95rem/1.2 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; letter-spacing: .12em; }
.code button { font: inherit; font-size: .85rem; font-weight: 600; padding: .4rem .75rem; border: 0; border-radius: .65rem;
  background: var(--card); color: var(--code-ink); cursor: pointer; }
.code.long strong { font-size: 1.45rem; letter-spacing: .06em; }
.text { margin: .55rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.to { margin: .5rem 0 0; font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.noscript { text-align: center; }
[hidden] { display: none !important; }
@media (max-width: 30rem) {
  .desk { padding: 1.25rem 0 0; gap: 1rem; }
  .about { padding: 0 1.25rem; flex-basis: 100%; }
  .phone { width: 100%; padding: 0; border-radius: 0; box-shadow: none; background: none; }
  .screen { height: auto; min-height: 60vh; border-radius: 1.5rem 1.5rem 0 0; }
  .bar { display: none; }
  .title { padding-top: .9rem; }
}
`;
