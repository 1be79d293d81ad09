import { escapeHtml } from '@countersign/kernel';
import { page } from '../pages/html.ts';
import type { RpKind, RpOutcome } from './rp-sessions.ts';

/** Who can be tried, and by what. */
export interface RpPeople {
  username: string;
  mfaUsername: string;
  password: string;
}

const TITLES: Record<RpKind, string> = {
  'second-factor': 'A second factor only',
  client: 'A client with MFA',
  scope: 'A scope with MFA',
};

const wrap = (title: string, body: string) =>
  page(`${title} · Countersign`, `<main>${body}</main>`, [], '/demo/rp.css');
const json = (value: unknown): string => escapeHtml(JSON.stringify(value, null, 2));

/** The page at `/demo/rp`: three ways to ask, and what came of the last one. */
export const rpPage = (people: RpPeople | undefined, outcome: RpOutcome | undefined): string =>
  wrap(
    'A relying party',
    `<h1>A shop that leaves sign-in to Countersign</h1>
<p>This page is a relying party written with <code>openid-client</code>: discovery, PKCE, state, nonce, and every token
looked at before it is believed.</p>
${outcome ? outcomePart(outcome) : ''}
${people ? buttons(people) : '<p>There is no demo application here.</p>'}
<p class="hint">Codes arrive on the <a href="/phone">virtual phone</a>. Development only.</p>`,
  );

/** An answer that nobody asked for, or not from this browser. */
export const strayPage = (): string =>
  wrap(
    'Not asked for',
    `<h1>Nobody asked for this</h1>
<p id="refused">This answer’s <code>state</code> belongs to no request of this browser, so it is not looked at any further.
<a href="/demo/rp">Begin again</a>.</p>`,
  );

const buttons = ({ mfaUsername, password, username }: RpPeople) => `
<section aria-labelledby="second-factor"><h2 id="second-factor">${TITLES['second-factor']}</h2>
<p>The shop let the user in already; <code>openid 2fa</code> asks that <em>exactly this user</em> shows the image passcode.
An ID token comes, and nothing else.</p>
<form method="post" action="/demo/rp/sign-in">
<label for="hint">User</label>
<input id="hint" name="username" value="${escapeHtml(username)}" maxlength="256" required autocomplete="off" spellcheck="false">
<label><input type="checkbox" name="link" value="yes" checked> let them choose a passcode, if they have none</label>
<button name="kind" value="second-factor">${TITLES['second-factor']}</button>
</form></section>
<section aria-labelledby="mfa"><h2 id="mfa">MFA where it is asked for</h2>
<p><strong>${escapeHtml(mfaUsername)}</strong> has an e-mail address and a phone; the password is
<code id="password">${escapeHtml(password)}</code>.</p>
<form method="post" action="/demo/rp/sign-in">
<input type="hidden" name="username" value="${escapeHtml(mfaUsername)}">
<button name="kind" value="client">${TITLES.client}</button>
<button name="kind" value="scope">${TITLES.scope}</button>
</form></section>`;

const outcomePart = (outcome: RpOutcome): string =>
  outcome.refused === undefined ? received(outcome) : refused(outcome);

const refused = ({ kind, refused: reason = '' }: RpOutcome) => `<section aria-labelledby="outcome">
<h2 id="outcome">${TITLES[kind]}: refused</h2>
<p id="refused" class="again">${escapeHtml(reason)}</p></section>`;

const received = ({ answer, checks, claims, issuer, kind, userinfo }: RpOutcome) => `
<section aria-labelledby="outcome"><h2 id="outcome">${TITLES[kind]}: done</h2>
<p>from <code id="issuer">${escapeHtml(issuer)}</code></p>
<h3>What was checked</h3>
<table id="checks"><thead><tr><th>what</th><th>found</th><th>by</th></tr></thead><tbody>${checks
  .map(
    ({ by, found, what }) =>
      `<tr><td>${escapeHtml(what)}</td><td><code>${escapeHtml(found)}</code></td><td>${by}</td></tr>`,
  )
  .join('')}</tbody></table>
<h3>ID token, decoded</h3><pre id="claims" tabindex="0">${json(claims)}</pre>
${userinfo ? `<h3>Userinfo</h3><pre id="userinfo" tabindex="0">${json(userinfo)}</pre>` : ''}
<h3>What the token endpoint answered</h3><pre id="answer" tabindex="0">${json(answer)}</pre>
<form method="post" action="/demo/rp/sign-out"><button>Sign out here and at the issuer</button></form>
</section>`;
