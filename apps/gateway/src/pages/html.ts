import { escapeHtml } from '@countersign/kernel';

/** A page of ours: one style sheet, no scripts unless named. `body` is HTML. */
export const page = (
  title: string,
  body: string,
  scripts: readonly string[] = [],
  styles = '/docs/pages.css',
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${styles}">
</head>
<body>
${body}
${scripts.map((source) => `<script src="${source}"></script>`).join('\n')}
</body>
</html>
`;
