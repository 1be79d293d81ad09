/// <reference lib="dom" />
import type { App } from './app.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEPT = 'countersign-try-theme';

const themeNow = (): Theme => THEMES.find((theme) => theme === localStorage.getItem(KEPT)) ?? 'auto';
const apply = (theme: Theme): void => {
  document.documentElement.dataset.theme = theme;
};

/** As the user's system has it, unless chosen here. */
export const applyTheme = (): void => apply(themeNow());

function themeButton(): HTMLElement {
  const text = () => `Theme: ${themeNow()}`;
  const button = h('button', { type: 'button', class: 'quiet' }, text());
  button.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(themeNow()) + 1) % THEMES.length]!;
    localStorage.setItem(KEPT, next);
    apply(next);
    button.textContent = text();
  });
  return button;
}

export const headerView = (app: App): HTMLElement =>
  h(
    'div',
    { class: 'bar' },
    h(
      'a',
      { class: 'brand', href: '/', 'aria-label': 'Countersign, start page' },
      icon('shield'),
      'Countersign',
    ),
    h('span', { class: 'tag' }, 'reference page · development'),
    h(
      'nav',
      { 'aria-label': 'Elsewhere' },
      app.settings.phone && h('a', { href: '/phone', target: '_blank', rel: 'noopener' }, 'Phone'),
      h('a', { href: '/docs', target: '_blank', rel: 'noopener' }, 'API'),
      themeButton(),
    ),
  );
