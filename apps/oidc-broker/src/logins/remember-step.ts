import { Injectable } from '@nestjs/common';
import { actions, alert, button, loginForm } from '../pages/form-parts.ts';
import { html } from '../pages/html.ts';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from './login.types.ts';
import { type OwnChoices, ownChoices } from './next-step.decide.ts';

/** Offers to remember this browser instead of asking for MFA again (C9). The user decides; nothing is preset. */
@Injectable()
export class RememberStep implements Step {
  page(_login: Login, context: PageContext, error?: string): Promise<string> {
    const form = loginForm(
      context,
      actions(
        button('Remember it', { name: 'remember', value: 'yes' }),
        button('Not now', { name: 'remember', value: 'no', kind: 'quiet' }),
      ),
    );
    return Promise.resolve(
      html`<h1>Remember this browser?</h1>
        ${alert(error)}
        <p>
          You will not be asked for a code here for a while. Only do this on a device that is yours alone; you
          can take it back on your account page.
        </p>
        ${form}`.text,
    );
  }

  submit(login: Login, { form }: StepRequest): Promise<StepOutcome> {
    if (form.remember !== 'yes' && form.remember !== 'no')
      return Promise.resolve({ kind: 'again', error: 'Choose one of the two.' });
    const choices: OwnChoices = { ...ownChoices(login), remember: form.remember };
    return Promise.resolve({ kind: 'again', data: choices });
  }
}
