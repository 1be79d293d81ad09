import { Injectable } from '@nestjs/common';
import { actions, button, loginForm } from '../pages/form-parts.ts';
import { Html, html } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import { LoginSteps } from './login-steps.ts';
import type { LoginAnswer, LoginVisit } from './login-visit.types.ts';
import { LoginRepository } from './login.repository.ts';
import type { Login, PageContext, StepName } from './login.types.ts';

const TITLES: Readonly<Record<StepName | 'remember', string>> = {
  identify: 'Who are you?',
  password: 'Sign in',
  passkey: 'Sign in with a passkey',
  'image-passcode': 'Your images',
  'image-passcode-enrol': 'Choose your images',
  mfa: 'Second factor',
  'scope-mfa': 'Second factor',
  consent: 'Allow access?',
  remember: 'Remember this browser?',
};

/** What the page of a step is told. */
export interface Told {
  error?: string;
  status?: number;
  retryAfterSeconds?: number;
}

/** Makes whole pages out of steps: the way out stands on every one of them. */
@Injectable()
export class LoginPages {
  constructor(
    private readonly steps: LoginSteps,
    private readonly logins: LoginRepository,
  ) {}

  /** The page of a step; what the step keeps for it is kept. */
  async of(visit: LoginVisit, login: Login, name: StepName | 'remember', told: Told): Promise<LoginAnswer> {
    const { error, status = 200, retryAfterSeconds } = told;
    const context: PageContext = { ...visit.page, version: login.version };
    const before = JSON.stringify(login.data);
    const body = await this.steps.of(name).page(login, context, error);
    if (JSON.stringify(login.data) !== before) await this.logins.keepState(login);
    const title = error === undefined ? TITLES[name] : `Error: ${TITLES[name]}`;
    const page = layout(context, title, html`${new Html(body)}${waysOut(context, name)}`);
    const headers = retryAfterSeconds !== undefined && {
      'retry-after': String(Math.ceil(retryAfterSeconds)),
    };
    return { kind: 'page', status, html: page, ...(headers && { headers }) };
  }
}

/** Other ways than the step's own; some pages say their no themselves. */
function waysOut(context: PageContext, name: StepName | 'remember'): Html | undefined {
  const way = (label: string, value: string) =>
    loginForm(context, actions(button(label, { value, kind: 'link', skipsChecks: true })));
  if (name === 'scope-mfa') return way('Go on without what asks for a code', 'without');
  return ['consent', 'remember', 'mfa'].includes(name) ? undefined : way('Cancel', 'cancel');
}
