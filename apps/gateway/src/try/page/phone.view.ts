/// <reference lib="dom" />
import type { App } from './app.ts';
import { codeNow, forgetAccount, kept, secondsLeft } from './authenticator.ts';
import { copyButton, fill, h, say } from './dom.ts';
import { icon } from './icons.ts';

interface Message {
  id: string;
  channel: 'email' | 'sms';
  to: string;
  subject?: string;
  text: string;
  code?: string;
  at: string;
}

const SHOWN = 4;

/** The user's things beside the page: the virtual phone, live, and an authenticator app. */
export class Aside {
  private messages: Message[] = [];

  constructor(
    private readonly app: App,
    private readonly root: HTMLElement,
  ) {}

  /** Shows what arrives at `/phone`, from now on and before. */
  async open(): Promise<void> {
    this.draw();
    setInterval(() => void this.showCodes(), 1000);
    if (!this.app.settings.phone) return;
    const stream = new EventSource('/phone/stream');
    stream.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as Message;
      this.messages = [message, ...this.messages].slice(0, SHOWN);
      say(`A message arrived for ${message.to}`);
      if (message.code) this.app.codeArrived(message.code);
      this.draw();
    });
    const answer = await fetch(`/phone/messages?limit=${SHOWN}`).catch(() => undefined);
    if (answer?.ok) this.messages = ((await answer.json()) as { items: Message[] }).items;
    this.draw();
  }

  draw(): void {
    fill(this.root, this.phone(), this.authenticator());
    void this.showCodes();
  }

  private phone(): HTMLElement {
    return h(
      'section',
      { class: 'card phone', 'aria-labelledby': 'phone' },
      h(
        'div',
        { class: 'split' },
        h('h2', { id: 'phone' }, 'Phone'),
        this.app.settings.phone &&
          h('a', { href: '/phone', target: '_blank', rel: 'noopener' }, 'Open the phone'),
      ),
      this.messages.length > 0
        ? h('ul', { class: 'messages' }, this.messages.map(message))
        : h(
            'p',
            { class: 'hint' },
            this.app.settings.phone
              ? 'E-mails and text messages of this system appear here, live.'
              : 'The virtual phone is off: set PHONE_SMTP_PORT, or look where your codes are sent.',
          ),
    );
  }

  private authenticator(): HTMLElement {
    const accounts = kept();
    return h(
      'section',
      { class: 'card', 'aria-labelledby': 'apps' },
      h('h2', { id: 'apps' }, 'Authenticator app'),
      accounts.length > 0
        ? h(
            'ul',
            { class: 'messages' },
            accounts.map(({ label, secret }) =>
              h(
                'li',
                {},
                h('span', { class: 'split' }, h('small', {}, label), h('small', { class: 'left' })),
                h('output', { class: 'big code', 'data-secret': secret }, '······'),
                h(
                  'button',
                  {
                    ...{ type: 'button', class: 'quiet', 'aria-label': `Forget ${label}` },
                    on: {
                      click: () => {
                        forgetAccount(label);
                        this.draw();
                      },
                    },
                  },
                  'Forget',
                ),
              ),
            ),
          )
        : h(
            'p',
            { class: 'hint' },
            'Set up an authenticator app, and this page can stand in for it. For trying only.',
          ),
    );
  }

  private async showCodes(): Promise<void> {
    for (const output of this.root.querySelectorAll<HTMLOutputElement>('[data-secret]'))
      output.textContent = await codeNow(output.dataset.secret ?? '').catch(() => 'odd secret');
    for (const left of this.root.querySelectorAll('.left')) left.textContent = `${secondsLeft()} s`;
  }
}

const message = ({ channel, to, subject, text, code, at }: Message): HTMLElement =>
  h(
    'li',
    { 'data-to': to },
    h(
      'span',
      { class: 'split' },
      h('small', {}, icon(channel === 'email' ? 'mail' : 'sms'), to),
      h('small', {}, new Date(at).toLocaleTimeString()),
    ),
    subject && h('strong', {}, subject),
    h('span', { class: 'text' }, text.trim().slice(0, 280)),
    code &&
      h(
        'span',
        { class: 'split' },
        h('code', { class: 'big code' }, code),
        copyButton(() => code, 'Copy code'),
      ),
  );
