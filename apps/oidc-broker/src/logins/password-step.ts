import { type Clock } from '@countersign/kernel';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import { actions, alert, button, field, loginForm } from '../pages/form-parts.ts';
import { html } from '../pages/html.ts';
import { isUsername, usernameField } from './identify-step.ts';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from './login.types.ts';

const WRONG = 'That is not the right username and password.';
const BUSY_SECONDS = 2;

/** Username and password on one page, as password managers like it; or a passkey instead. */
@Injectable()
export class PasswordStep implements Step {
  constructor(
    private readonly directory: DirectoryService,
    @InjectClock() private readonly clock: Clock,
  ) {}

  page(login: Login, context: PageContext, error?: string): Promise<string> {
    const password = field({
      ...{ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
      autofocus: login.username !== undefined,
    });
    const form = loginForm(
      context,
      usernameField(login),
      password,
      actions(
        button('Sign in'),
        button('Sign in with a passkey', { value: 'passkey', kind: 'quiet', skipsChecks: true }),
      ),
    );
    return Promise.resolve(
      html`<h1>Sign in</h1>
        <p>to continue to ${context.clientName}</p>
        ${alert(error)}${form}`.text,
    );
  }

  /** One answer to a wrong password, an unknown or disabled user and a locked one (SES-07). */
  async submit(login: Login, { form, clientAddress }: StepRequest): Promise<StepOutcome> {
    const { appId, username } = login;
    const { password = '' } = form;
    if (!isUsername(username)) return missing('username');
    if (password === '') return missing('password');
    const from = { address: clientAddress };
    const checked = await this.directory.checkPassword(appId, username, password, from);
    if (!checked.ok) {
      const { code, extra } = checked.refusal;
      if (code === 'directory/sign-in-refused') return { kind: 'again', error: WRONG };
      const told = Number(extra?.retryAfterSeconds ?? BUSY_SECONDS);
      return { kind: 'again', error: waitText(code), retryAfterSeconds: told };
    }
    const at = Math.floor(this.clock.now().getTime() / 1000);
    return { kind: 'proved', ...checked.value, proof: { factor: 'password', at, amr: ['pwd'], acr: 'aal1' } };
  }
}

/** Nothing is asked of the directory, and nothing is counted: nor is it told of anybody. */
const missing = (what: string): StepOutcome => ({
  ...{ kind: 'again', error: `Enter your ${what}.`, comparedNothing: true },
});

const waitText = (code: string): string =>
  code === 'access/too-many-requests'
    ? 'There were too many attempts from your network. Wait before you try again.'
    : 'Too many people are signing in at this moment. Try again.';
