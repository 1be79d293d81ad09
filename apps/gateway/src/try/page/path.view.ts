/// <reference lib="dom" />
import type { App } from './app.ts';
import { h } from './dom.ts';
import { icon, iconOf } from './icons.ts';
import { stepName } from './words.ts';

type State = 'done' | 'now' | 'later' | 'over';

const node = (state: State, action: string, name: string, note: string): HTMLElement =>
  h(
    'li',
    { class: `node ${state}`, 'aria-current': state === 'now' ? 'step' : undefined },
    h('span', { class: 'dot' }, icon(state === 'done' ? 'check' : iconOf(action))),
    h('span', { class: 'name' }, name),
    h('span', { class: 'note' }, note),
  );

/** The flow as a picture: what was done, what is next, where it ends. */
export function pathView(app: App): HTMLElement | null {
  const { isComplete, nextAction, session, accessToken } = app.mfa.getSessionDetails();
  const isOver = session === undefined;
  const done = app.done.length > 0 ? app.done : isOver ? [] : [{ action: 'begin', answer: '200' as const }];
  if (done.length === 0) return null;
  const ended = isOver
    ? isComplete
      ? accessToken
        ? 'tokens'
        : 'signature'
      : 'nothing handed out'
    : 'when policy is satisfied';
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'path' },
    h('h2', { id: 'path' }, 'The flow so far'),
    h(
      'ol',
      { class: 'path' },
      done.map(({ action, answer }) => node('done', action, stepName(action), answer)),
      !isOver && nextAction && node('now', nextAction, stepName(nextAction), 'next'),
      node(isOver ? 'over' : 'later', 'complete', 'Complete', ended),
    ),
  );
}
