/// <reference lib="dom" />
import type { App } from './app.ts';
import { byId, type Child, copyButton, h } from './dom.ts';

/** The application's own check. A page has no API key: its back end vouches, and this page shows what that asks. */
export function externalForm(app: App): Child {
  const { username, flowId } = app.mfa.getSessionDetails();
  const body = JSON.stringify({ username, flowId });
  const command = `curl -u "$API_KEY:" ${location.origin}/fido2/v2/mgmt/grant/external-auth \\\n  --json '${body.replaceAll("'", "'\\''")}'`;
  const token = h('form', { class: 'inline' });
  token.append(
    h(
      'p',
      { class: 'field' },
      h('label', { for: 'token' }, 'The token it answers'),
      h('input', { id: 'token', required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 4096 }),
    ),
    h('button', { id: 'do-token' }, 'Show it'),
  );
  token.addEventListener('submit', (event) => {
    event.preventDefault();
    void app.perform('external', { payload: (byId('token') as HTMLInputElement).value.trim() });
  });
  return [
    h(
      'p',
      {},
      'The application checks the user its own way: a password, a card, a rule. Its back end then vouches for them with its API key, and gets a token for this flow.',
    ),
    app.isDemo &&
      h(
        'p',
        { class: 'actions' },
        h(
          'button',
          { type: 'button', class: 'primary', id: 'vouch', on: { click: () => void vouch(app) } },
          'Let the demo bank vouch',
        ),
        h('span', { class: 'hint' }, 'Development only: the gateway stands in for the bank’s back end.'),
      ),
    h(
      'details',
      { class: 'own', id: 'own-key', open: !app.isDemo },
      h('summary', {}, 'With your own key'),
      h('pre', { tabindex: '0' }, command),
      h(
        'p',
        { class: 'actions' },
        copyButton(() => command, 'Copy command'),
      ),
      token,
    ),
  ];
}

/** Asks the demo bank, then shows what it gave. */
async function vouch(app: App): Promise<void> {
  let token: string | undefined;
  await app.run(async () => {
    const { username, flowId } = app.mfa.getSessionDetails();
    const answer = await app.log.fetch('/try/vouch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, flowId }),
    });
    const body = (await answer.json()) as { token?: string; title?: string };
    if (!answer.ok || !body.token)
      throw new Error(`The demo bank vouches for nobody now: ${answer.status} ${body.title ?? ''}`);
    ({ token } = body);
  });
  if (token !== undefined) await app.perform('external', { payload: token });
}
