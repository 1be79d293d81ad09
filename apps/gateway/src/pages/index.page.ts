import { escapeHtml } from '@countersign/kernel';
import type { SecurityProfile } from '@countersign/service-kit';
import type { Served } from '../routes.table.ts';
import { page } from './html.ts';

const DEVELOPMENT = `
<li><a href="/try">Try every factor, step by step</a> (development only)</li>
<li><a href="/phone">Virtual phone: e-mails and SMS of this system, live</a> (development only)</li>
<li><a href="/demo/partner">A partner behind single sign-on: the identifier it is given, first and second time</a> (development only)</li>
<li><a href="/demo/rp">A relying party: sign-in and a second factor by OpenID Connect</a> (development only)</li>`;

/** The page at `/`: what runs, and where to go on. */
export function indexPage(ready: Record<Served, boolean>, profile: SecurityProfile): string {
  const rows = Object.entries(ready).map(
    ([name, up]) =>
      `<tr><td>${escapeHtml(name)}</td><td class="${up ? 'up' : 'down'}">${up ? 'ready' : 'not ready'}</td>` +
      `<td><a href="/docs?service=${encodeURIComponent(name)}">API</a></td></tr>`,
  );
  return page(
    'Countersign',
    `<main>
<h1>Countersign</h1>
<p>An open, event-driven MFA platform: ask what a user must do next, get one answer you can trust.</p>
<table><thead><tr><th>service</th><th>state</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>
<ul>${profile === 'development' ? DEVELOPMENT : ''}
<li><a href="/docs">Every service&#39;s API, browsable</a></li>
<li><a href="/docs/errors">Problem codes</a></li>
<li><a href="/readyz">Readiness</a></li>
</ul>
</main>`,
  );
}
