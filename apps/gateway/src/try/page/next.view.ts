/// <reference lib="dom" />
import type { NextItem } from '@countersign/mfa-client';
import { actionForm } from './action-forms.ts';
import type { App } from './app.ts';
import { h } from './dom.ts';
import { icon, iconOf } from './icons.ts';
import { reason } from './words.ts';

/** What the last answer means, in words. */
export const toldView = ({ told }: App): HTMLElement | null =>
  told
    ? h(
        'div',
        { class: `told ${told.tone}`, role: told.tone === 'bad' ? 'alert' : undefined },
        icon(told.tone === 'bad' ? 'warning' : 'check'),
        h('div', {}, h('strong', {}, told.title), h('p', {}, told.text)),
      )
    : null;

/** What the server wants now, why, and everything that may be done instead. */
export function nextView(app: App): HTMLElement | null {
  const { session, next, nextAction, because, expiresAt, flow } = app.mfa.getSessionDetails();
  if (session === undefined) return null;
  // what comes next stands first; the rest in the server's order
  const cards = [...next].sort(
    (a, b) => Number(b.action.name === nextAction) - Number(a.action.name === nextAction),
  );
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'now' },
    h(
      'div',
      { class: 'split' },
      h('h2', { id: 'now', tabindex: '-1' }, 'The server says'),
      h(
        'span',
        { class: 'tag' },
        flow ?? '',
        expiresAt && h('span', { id: 'left', 'data-until': expiresAt }),
      ),
    ),
    h(
      'dl',
      { class: 'says' },
      h('dt', {}, 'nextAction'),
      h('dd', {}, h('code', { class: 'big' }, nextAction ?? '–')),
      h('dt', {}, 'because'),
      h(
        'dd',
        {},
        because.length === 0
          ? '–'
          : h(
              'ul',
              {},
              because.map((code) => h('li', {}, h('code', {}, code), ' ', reason(code))),
            ),
      ),
    ),
    cards.map((item) => card(app, item, item.action.name === nextAction)),
    h(
      'p',
      { class: 'actions end' },
      leave('abandon', 'Leave', () => void app.run(() => left(app, () => app.mfa.abandon()))),
      leave('deny', 'That was not me', () => void app.run(() => left(app, () => app.mfa.deny()))),
    ),
  );
}

function card(app: App, item: NextItem, isNext: boolean): HTMLElement {
  const { name, label, desc } = item.action;
  return h(
    'details',
    {
      class: `action${isNext ? ' next' : ''}`,
      name: 'action',
      open: isNext || app.sent === name,
      // of this step alone: another one opens what comes next
      id: `action-${app.done.length}-${name}`,
      'data-action': name,
    },
    h(
      'summary',
      {},
      icon(iconOf(name)),
      h('span', { class: 'what' }, h('strong', {}, label), desc && h('span', {}, desc)),
      h('code', {}, name),
    ),
    h('div', { class: 'body' }, actionForm(app, item)),
  );
}

const leave = (id: string, label: string, click: () => void): HTMLElement =>
  h('button', { type: 'button', class: 'quiet', id, on: { click } }, label);

async function left(app: App, work: () => Promise<void>): Promise<void> {
  await work();
  app.forget();
  app.tell(
    { title: '204: the flow is over', text: 'It ended without success. Nothing was handed out.' },
    'plain',
  );
}

/** Keeps the time that is left up to date. */
export function tick(): void {
  const left = document.getElementById('left');
  if (!left?.dataset.until) return;
  const seconds = Math.round(
    (Date.parse(left.dataset.until) - performance.timeOrigin - performance.now()) / 1000,
  );
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  left.textContent = seconds > 0 ? ` · ${time} left` : ' · expired';
}
