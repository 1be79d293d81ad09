import { USERNAME_MAX, usernameSchema } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { actions, alert, button, field, loginForm } from '../pages/form-parts.ts';
import { html } from '../pages/html.ts';
import type { Login, PageContext, Step, StepOutcome } from './login.types.ts';

/** The field of names; what the login knows is filled in. */
export const usernameField = (login: Login) =>
  field({
    ...{ name: 'username', label: 'Username', autocomplete: 'username', maxlength: USERNAME_MAX },
    ...{ value: login.username, autofocus: login.username === undefined },
  });

/** Whether somebody may be called that; whoever is asked learns no more than this. */
export const isUsername = (username: string | undefined): username is string =>
  username !== undefined && usernameSchema.safeParse(username).success;

/**
 * Asks who the user is: for a second factor whose client leaves that to us (`hint: ask`). The door has read the name
 * already. Whether there is such a user is told nobody.
 */
@Injectable()
export class IdentifyStep implements Step {
  page(login: Login, context: PageContext, error?: string): Promise<string> {
    const form = loginForm(context, usernameField(login), actions(button('Continue')));
    return Promise.resolve(
      html`<h1>Who are you?</h1>
        <p>${context.clientName} asks for a second proof of who you are.</p>
        ${alert(error)}${form}`.text,
    );
  }

  submit(login: Login): Promise<StepOutcome> {
    return Promise.resolve(
      isUsername(login.username) ? { kind: 'again' } : { kind: 'again', error: 'Enter your username.' },
    );
  }
}
