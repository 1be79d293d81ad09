import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Login, PageContext } from '../logins/login.types.ts';
import { actions, button, loginForm } from '../pages/form-parts.ts';
import { html } from '../pages/html.ts';

/**
 * A client or a scope asks for MFA by a policy that is not there: misspelt, or taken away since. Nobody gets in (an
 * exception must deny), and the user can do nothing about it: they read whose matter it is, and operators are told.
 */
@Injectable()
export class PolicyMissing {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  /** The page instead of the step's. `step`: which of the two asks. */
  page({ appId, clientId, demand }: Login, context: PageContext, step: 'mfa' | 'scope-mfa'): string {
    const { policy, protectedScopes } = demand;
    const asking = step === 'mfa' ? { clientId } : { clientId, scopes: protectedScopes };
    this.logger.warn({ appId, ...asking, policy }, 'MFA is asked for by a policy that is not there');
    const name = context.clientName ?? context.theme.name;
    return html`<h1>This application’s sign-in is set up wrongly</h1>
      <p>
        ${name} asks for a second step that does not exist. Nothing is wrong with your account, and you cannot
        mend it: tell whoever runs ${name}.
      </p>
      ${loginForm(context, actions(button('Cancel', { value: 'cancel', kind: 'link', skipsChecks: true })))}`
      .text;
  }
}
