/// <reference lib="dom" />
import { accountView } from './account.view.ts';
import { App, type Settings } from './app.ts';
import { byId, fill, h } from './dom.ts';
import { applyTheme, headerView } from './header.view.ts';
import { drawLog } from './log.view.ts';
import { nextView, tick, toldView } from './next.view.ts';
import { pathView } from './path.view.ts';
import { Aside } from './phone.view.ts';
import { resultView } from './result.view.ts';
import { startView } from './start.view.ts';

applyTheme();
const settings = (await fetch('/try/settings.json').then(
  (answer) => answer.json(),
  () => ({ phone: false, demo: null }),
)) as Settings;
const app = new App(location.hostname.split('.')[0] ?? 'demo', settings);
const aside = new Aside(app, byId('aside'));
const stage = byId('stage');

/** Draws everything anew; `advanced`: the flow went on, so that is where the reader wants to be. */
function draw(advanced: boolean): void {
  stage.setAttribute('aria-busy', String(app.busy));
  if (app.busy) {
    for (const button of stage.querySelectorAll('button')) button.disabled = true;
    return;
  }
  const { session, isComplete } = app.mfa.getSessionDetails();
  const inFlow = session !== undefined;
  const isOver = !inFlow && isComplete;
  fill(
    stage,
    inFlow ? runningView() : !isOver && introView(),
    isOver || inFlow ? null : startView(app),
    pathView(app),
    toldView(app),
    nextView(app),
    resultView(app),
    accountView(app),
    isOver && startView(app, 'Another flow'),
  );
  aside.draw();
  tick();
  if (advanced) document.getElementById('now')?.focus();
}

const introView = (): HTMLElement =>
  h(
    'div',
    { class: 'intro' },
    h('h1', {}, 'Ask what a user must do next'),
    h(
      'p',
      {},
      'Begin a flow as a user of this application. The server says what it wants, and why; perform it, and see what comes back. Everything here runs against the real system, with the SDK that your page would use.',
    ),
  );

/** While a flow runs, who it is about stands where the form was. */
const runningView = (): HTMLElement =>
  h(
    'p',
    { class: 'who' },
    h('strong', {}, app.mfa.getSessionDetails().username || 'Whoever the passkey says'),
    ` at ${app.appId}`,
    app.payload !== undefined && h('span', { class: 'tag' }, 'confirms a transaction'),
  );

app.onChange = draw;
app.log.onChange = () => drawLog(byId('drawer'), app.log);
fill(byId('top'), headerView(app));
drawLog(byId('drawer'), app.log);
await app.resume();
draw(false);
void aside.open();
setInterval(tick, 1000);
