/// <reference lib="dom" />
import { fill, h } from './dom.ts';
import type { LogEntry, RequestLog } from './log.ts';

let open = false;

/** What was asked and answered, at the foot of the page. */
export function drawLog(root: HTMLElement, log: RequestLog): void {
  const count = log.entries.length;
  fill(
    root,
    h(
      'section',
      { class: 'drawer', 'aria-label': 'Requests of this page' },
      h(
        'button',
        {
          ...{
            type: 'button',
            id: 'toggle-log',
            class: 'handle',
            'aria-expanded': String(open),
            'aria-controls': 'log',
          },
          on: {
            click: () => {
              open = !open;
              drawLog(root, log);
            },
          },
        },
        h('span', {}, `Requests (${count})`),
        h('span', { class: 'last' }, count > 0 ? summary(log.entries[0]!) : 'none yet'),
        h('span', { 'aria-hidden': 'true' }, open ? '▾' : '▴'),
      ),
      h(
        'div',
        { id: 'log', hidden: !open },
        count === 0
          ? h(
              'p',
              { class: 'hint' },
              'Begin a flow, and everything this page asks stands here. Secrets are shortened.',
            )
          : h('ol', {}, log.entries.map(entry)),
      ),
    ),
  );
}

const summary = ({ method, path, status, ms }: LogEntry): string =>
  `${method} ${path} → ${status || 'lost'} (${ms} ms)`;

const entry = (one: LogEntry): HTMLElement =>
  h(
    'li',
    {},
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('span', { class: `status ${one.meaning.replace(' ', '-')}` }, one.status || '–'),
        h('code', { class: 'path' }, `${one.method} ${one.path}`),
        h('span', { class: 'tag' }, one.meaning),
        h('small', {}, `${one.ms} ms · ${one.at}`),
      ),
      one.authorization !== undefined &&
        h('p', { class: 'hint' }, 'Authorization: ', h('code', {}, String(one.authorization))),
      h('div', { class: 'sides' }, side('Request', one.request), side('Answer', one.response)),
    ),
  );

const side = (title: string, value: unknown): HTMLElement =>
  h(
    'div',
    {},
    h('h3', {}, title),
    h('pre', { tabindex: '0' }, value === undefined ? '(no body)' : JSON.stringify(value, null, 2)),
  );
