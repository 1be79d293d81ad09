import { PROBLEMS } from '@countersign/contracts';
import { escapeHtml } from '@countersign/kernel';
import { page } from './html.ts';

/** The page at `/docs/errors`, which the `type` of every problem points into. */
export function errorsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  return page(
    'Problem codes',
    `<main>
<h1>Problem codes</h1>
<p>Answers that are no success are RFC 9457 problems with one of these codes; under <code>/fido2/v2</code> they are
<code>{ msg, msgCode }</code>.</p>
<table><thead><tr><th>code</th><th>status</th><th>title</th></tr></thead><tbody>${rows.join('')}</tbody></table>
</main>`,
  );
}
