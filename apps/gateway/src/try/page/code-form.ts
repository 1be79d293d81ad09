/// <reference lib="dom" />
import type { ActionName } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { codeNow, kept } from './authenticator.ts';
import { byId, type Child, h } from './dom.ts';

export const idOf = (name: string): string => name.replace(':', '-');
const valueOf = (id: string): string => (byId(id) as HTMLInputElement).value;

/** One field and a button. `perform` gets what was typed. */
export function oneField(
  id: string,
  label: string,
  props: Record<string, unknown>,
  [done, perform, tone = 'primary']: [string, (typed: string) => void, tone?: string],
): HTMLFormElement {
  const form = h(
    'form',
    { class: 'inline' },
    h('p', { class: 'field' }, h('label', { for: id }, label), h('input', { id, required: true, ...props })),
    h('button', { class: tone, id: `do-${id}` }, done),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    perform(valueOf(id));
  });
  return form;
}

/** A code, typed; or filled in from what the user has beside the page. `as` is what it stands for in the picture. */
export function codeForm(
  app: App,
  name: ActionName,
  { text = false, label = 'Code', as = name as string },
): Child {
  const id = `code-${idOf(as)}`;
  const props = {
    ...{
      autocomplete: 'one-time-code',
      class: 'code',
      maxlength: 64,
      spellcheck: 'false',
      autocapitalize: 'none',
    },
    inputmode: text ? 'text' : 'numeric',
  };
  const fillIn = (title: string, code: () => Promise<string>) =>
    h(
      'p',
      { class: 'actions' },
      h(
        'button',
        {
          ...{ type: 'button', class: 'quiet', id: `fill-${id}` },
          on: { click: () => void code().then((found) => ((byId(id) as HTMLInputElement).value = found)) },
        },
        title,
      ),
    );
  const { arrived } = app;
  const account = name.startsWith('totp:') && ownAccount(app);
  return [
    oneField(id, label, props, ['Verify', (payload) => void app.perform(name, { payload }, as)]),
    app.sent === as &&
      arrived !== undefined &&
      fillIn(`Fill in ${arrived} from the phone`, async () => arrived),
    account && fillIn('Fill in from this page’s own app', () => codeNow(account.secret)),
  ];
}

const ownAccount = (app: App) =>
  kept().find(({ label }) => label === `${app.appId}: ${app.mfa.getSessionDetails().username}`);
