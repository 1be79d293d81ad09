import { escapeHtml } from '@countersign/kernel';
import { page } from '../pages/html.ts';
import type { Visit } from './partner-visits.ts';

/** What came of asking Countersign for a link. */
export interface Launched {
  username: string;
  status: number;
  /** What was answered, as it is shown. */
  answer: unknown;
  /** The link, where there is one. */
  link: string | undefined;
}

const COMMAND = `curl -s -u "$KEY:" $API/v1/sso/partner/launch \\
  -H 'content-type: application/json' -d '{ "username": "dana" }'`;

const time = (at: Date) =>
  `<time datetime="${at.toISOString()}">${at.toISOString().slice(11, 19)} UTC</time>`;

const wrap = (title: string, body: string) =>
  page(`${title} · Countersign`, `<main>${body}</main>`, [], '/demo/partner.css');

/** The page at `/demo/partner`: launches, and who came. `username` absent: nobody can launch from here. */
export function partnerPage(options: {
  username: string | undefined;
  visits: readonly Visit[];
  launched?: Launched;
}): string {
  const { username, visits, launched } = options;
  return wrap(
    'A partner',
    `<h1>A partner behind single sign-on</h1>
<p>The demo bank’s page wants to send a user to a partner. It asks Countersign, which asks the partner’s SSO handler
and keeps what the handler wants remembered: the identifier minted the first time comes back ever after.</p>
${username === undefined ? `<p>Ask for a link from a terminal, and open it:</p><pre tabindex="0">${escapeHtml(COMMAND)}</pre>` : form(launched?.username ?? username)}
${launched ? outcome(launched) : ''}
<h2>Who came</h2>
${visits.length === 0 ? '<p>Nobody yet.</p>' : table(visits)}
<p class="hint">The handler is <a href="https://www.rfc-editor.org/rfc/rfc7515#appendix-F">signed</a> to, and written
with <code>defineSsoExtension</code> of <code>@countersign/extension-sdk</code>. Development only.</p>`,
  );
}

/** Where the link leads: what the partner knows of who came. */
export const arrivalPage = (visit: Visit | undefined): string =>
  visit
    ? wrap(
        'Arrived at the partner',
        `<h1>${visit.isNew ? 'Hello' : 'Hello again'}</h1>
<p class="${visit.isNew ? 'first' : 'again'}">You are <strong><code id="identifier">${escapeHtml(visit.identifier)}</code></strong>
here: <span id="known">${visit.isNew ? 'the first time, this identifier was minted for you' : 'known, this identifier was given back'}</span>.</p>
<p><a href="/demo/partner">Back to the bank’s page</a></p>`,
      )
    : wrap(
        'No such link',
        `<h1>This link leads nowhere</h1>
<p>It was used before, or is older than five minutes. <a href="/demo/partner">Take another</a>.</p>`,
      );

const form = (username: string) => `<form method="post" action="/demo/partner/launch">
<label for="username">User</label>
<input id="username" name="username" value="${escapeHtml(username)}" maxlength="256" required autocomplete="off" spellcheck="false">
<button>Ask for a link</button>
</form>`;

const outcome = ({ answer, link, status }: Launched) => `<section aria-labelledby="answered">
<h2 id="answered">Countersign answered ${status}</h2>
<pre tabindex="0">${escapeHtml(JSON.stringify(answer, null, 2))}</pre>
${link === undefined ? '' : `<p><a class="button" id="link" href="${escapeHtml(link)}">Send the user there</a></p>`}
</section>`;

const table = (visits: readonly Visit[]) => `<table>
<thead><tr><th>at</th><th>known as</th><th></th></tr></thead>
<tbody>${visits
  .map(
    ({ at, identifier, isNew }) =>
      `<tr><td>${time(at)}</td><td><code>${escapeHtml(identifier)}</code></td><td>${isNew ? 'first time' : 'again'}</td></tr>`,
  )
  .join('')}</tbody>
</table>`;
