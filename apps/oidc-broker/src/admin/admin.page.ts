import type { ApplicationPage } from '@countersign/contracts';
import type { OidcClient } from '../clients/client.types.ts';
import type { PageContext } from '../logins/login.types.ts';
import { button } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import type { Administrator } from './admin-sessions.ts';

const TITLE = 'Administration';

const frame = (context: PageContext, admin: Administrator, title: string, body: Html): string =>
  layout(context, title, body, {
    width: 'wide',
    header: html`<form class="aside" method="post" action="/admin/sign-out">
      <input type="hidden" name="token" value="${admin.formToken}" />
      <span class="hint">${admin.user.username}</span> ${button('Sign out', { kind: 'link' })}
    </form> `,
  });

/** For whoever is not signed in. Nothing of Countersign stands in it. */
export const welcomePage = (context: PageContext): string =>
  layout(
    context,
    TITLE,
    html`<h1>Administration</h1>
      <p>
        For administrators of Countersign: users of the application <code>platform</code>. A second factor is
        asked for at every sign-in.
      </p>
      <p><a class="button" href="/admin/sign-in">Sign in</a></p>`,
  );

/** All applications, page by page. */
export const applicationsPage = (
  context: PageContext,
  admin: Administrator,
  { items, next }: ApplicationPage,
): string =>
  frame(
    context,
    admin,
    'Applications',
    html`<h1>Applications</h1>
      <p class="hint">To read only: changes are made through the API, by keys of the application.</p>
      <ul class="rows">
        ${items.map(
          ({ appId, name, settings }) =>
            html`<li>
              <div>
                <a href="/admin/applications/${appId}">${name}</a
                ><span class="hint"><code>${appId}</code></span>
              </div>
              <span class="tag">logins: ${settings.defaultPolicies.login}</span>
            </li> `,
        )}
      </ul>
      ${next !== undefined && html`<p><a class="button quiet" href="/admin?cursor=${encodeURIComponent(next)}">More</a></p> `}`,
  );

/** An application's clients. */
export const clientsPage = (
  context: PageContext,
  admin: Administrator,
  application: { appId: string; name: string },
  { clients, after }: { clients: readonly OidcClient[]; after?: string | undefined },
): string =>
  frame(
    context,
    admin,
    application.name,
    html`<p><a href="/admin">Applications</a></p>
      <h1>${application.name}</h1>
      <p class="hint">Clients of <code>${application.appId}</code>.</p>
      ${clients.length === 0 ? html`<p>It has none.</p> ` : clients.map(clientCard)}${
        after !== undefined &&
        html`<p>
          <a
            class="button quiet"
            href="/admin/applications/${application.appId}?after=${encodeURIComponent(after)}"
            >More</a
          >
        </p> `
      }`,
  );

const clientCard = (client: OidcClient): Html =>
  html`<article class="card">
    <h2>${client.name}</h2>
    <dl class="facts">
      ${fact('Client id', html`<code>${client.clientId}</code>`)}${fact('Kind', client.kind)}${fact('Grants', client.grantTypes.join(', '))}${fact('Scopes', client.scopes.join(' '))}${fact(
        'MFA',
        client.mfa
          ? `policy ${client.mfa.policy}${client.mfa.maxAgeSeconds === undefined ? '' : `, at most ${client.mfa.maxAgeSeconds} s old`}`
          : 'only where a scope asks',
      )}${fact('Remembers devices', client.rememberDeviceSeconds === 0 ? 'never' : `for ${client.rememberDeviceSeconds} s`)}${fact('Tokens signed with', client.signingAlg)}${
        client.redirectUris.length > 0 &&
        fact(
          'Redirects to',
          client.redirectUris.map((uri) => html`<code>${uri}</code><br />`),
        )
      }
    </dl>
  </article> `;

const fact = (name: string, value: string | Html | Html[]): Html =>
  html`<dt>${name}</dt>
    <dd>${value}</dd> `;
