import { Injectable } from '@nestjs/common';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from '../logins/login.types.ts';
import type { ConsentChoice } from '../logins/next-step.decide.ts';
import { actions, alert, button, loginForm } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import type { OidcScope } from '../scopes/scope.types.ts';
import { inWords } from './claim-words.decide.ts';

/** Field of a scope's check box. Each has a name of its own: a field sent twice is refused at the door. */
const fieldOf = (scope: string): string => `scope:${scope}`;

/** Without it there is no answer for a client of OpenID Connect: whoever does not want that cancels. */
const ALWAYS = 'openid';

/** Shows what the client wants to know and do, scope by scope, and takes what the user allows (C4). */
@Injectable()
export class ConsentStep implements Step {
  constructor(private readonly scopes: ScopeRepository) {}

  async page(login: Login, context: PageContext, error?: string): Promise<string> {
    const { demand } = login;
    const known = await this.scopes.list(login.appId);
    const asked = demand.scopes.map((name) => known.find((scope) => scope.name === name) ?? unknown(name));
    const isProtected = ({ name, mfa }: OidcScope) => mfa && demand.protectedScopes?.includes(name);
    const items = asked.map((scope) => item(scope, Boolean(isProtected(scope))));
    if (demand.claims.length > 0) items.push(claimsItem(demand.claims));
    return html`<h1>Allow access?</h1>
      ${alert(error)}
      <p><strong>${context.clientName}</strong> would like to:</p>
      ${loginForm(
        context,
        html`<fieldset>
          <legend class="hidden-text">What ${context.clientName} may do</legend>
          <ul class="choices">
            ${items}
          </ul>
        </fieldset> `,
        actions(
          button('Allow'),
          button('Do not allow', { value: 'cancel', kind: 'quiet', skipsChecks: true }),
        ),
      )}`.text;
  }

  submit(login: Login, { form }: StepRequest): Promise<StepOutcome> {
    const ticked = login.demand.scopes.filter((name) => name === ALWAYS || form[fieldOf(name)] === 'yes');
    const choice: ConsentChoice = { ticked, claims: form.claims === 'yes' };
    return Promise.resolve({ kind: 'again', data: choice });
  }
}

const unknown = (name: string): OidcScope => ({ name, description: name, claims: [], builtIn: false });

function item({ name, description }: OidcScope, isProtected: boolean): Html {
  const isFixed = name === ALWAYS;
  return html`<li>
    <label class="choice"
      ><input type="checkbox" name="${fieldOf(name)}" value="yes" checked${isFixed && html` disabled`} />
      <span
        ><strong>${description}</strong>${
          isProtected && html`<span class="hint">Asks for a code first</span>`
        }${isFixed && html`<span class="hint">Always</span>`}</span
      ></label
    >
  </li> `;
}

const claimsItem = (claims: readonly string[]): Html =>
  html`<li>
    <label class="choice"
      ><input type="checkbox" name="claims" value="yes" checked />
      <span><strong>Know about you: ${claims.map(inWords).join(', ')}</strong></span></label
    >
  </li> `;
