import { PROBLEMS } from '@countersign/contracts';
import { page, table } from './markdown.mjs';

/** docs/generated/errors.md: every problem code. The anchor is what the `type` member of a problem points to. */
export function errors() {
  const groups = Map.groupBy(Object.entries(PROBLEMS), ([code]) => code.split('/')[0]);
  return page(
    'Errors',
    'libs/contracts/src/problems.ts',
    'Answers are `application/problem+json` (RFC 9457): `{ type, title, status, code, detail?, field? }`. `code` is stable; `title`, `detail` are for people. ' +
      'Under `/fido2/v2` the body is `{ msg, msgCode }`; OAuth endpoints answer in OAuth’s shape.',
    ...[...groups].map(([group, rows]) =>
      [
        `## ${group}`,
        table(
          ['code', 'status', 'title'],
          rows.map(([code, { status, title }]) => [`<a id="${code}"></a>\`${code}\``, status, title]),
        ),
      ].join('\n\n'),
    ),
  );
}
