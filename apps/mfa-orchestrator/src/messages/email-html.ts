import { escapeHtml } from '@countersign/kernel';

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const CODE =
  'margin:0 0 20px;padding:16px 8px;border-radius:10px;background:#eef2f7;color:#111827;text-align:center;' +
  'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:32px;font-weight:700;letter-spacing:6px';

/**
 * The HTML beside the plain text: the same words, the code large. Everything in it is escaped, nothing is loaded from
 * anywhere and there is no link, so that nobody learns to click in such mails. Styles are inline: mail programs drop
 * style sheets.
 */
export function emailHtml(text: string, code: string | undefined): string {
  const large = code === undefined ? '' : `<p style="${CODE}">${escapeHtml(code)}</p>\n`;
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="margin:0 0 12px">${escapeHtml(paragraph).replaceAll('\n', '<br>')}</p>`);
  return `<!doctype html>
<html>
<body style="margin:0;padding:24px;background:#f6f7f9">
<div style="max-width:30rem;margin:0 auto;padding:24px;border-radius:12px;background:#ffffff;color:#1f2937;${FONT};font-size:16px;line-height:1.5">
${large}${paragraphs.join('\n')}
</div>
</body>
</html>
`;
}

/** The code in a text that holds one: the first 6 to 10 digits that stand alone. */
export const codeIn = (text: string): string | undefined =>
  /(?<![\p{L}\p{N}+.-])\d{6,10}(?![\p{L}\p{N}-])/u.exec(text)?.[0];
