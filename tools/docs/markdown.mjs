/** Text for one cell of a Markdown table. */
export const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A Markdown table: `head` names the columns, `rows` holds their cells. */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** What every generated page begins with. */
export const page = (title, source, ...parts) =>
  [`# ${title}`, `Generated from \`${source}\` by \`npm run docs\`: do not edit.`, ...parts].join('\n\n') +
  '\n';

/** A JSON Schema in a few words: `string`, `"a" or "b"`, `list of string`. */
export function inWords(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(inWords).join(' or ');
  if (schema.type === 'array') return `list of ${inWords(schema.items ?? {})}`;
  if (schema.format === 'date-time') return 'time (RFC 3339)';
  const limits = [
    schema.maxLength && `at most ${schema.maxLength} characters`,
    schema.type && schema.description?.replace(/^./, (first) => first.toLowerCase()),
  ].filter(Boolean);
  return [schema.type ?? 'any JSON value', ...limits].join(', ');
}
