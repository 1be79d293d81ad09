/** `value` (plain JSON) as YAML. Strings are written as JSON strings, which are YAML too: no guessing about quotes. */
export function toYaml(value, indent = '') {
  const entries = Array.isArray(value)
    ? value.map((item) => ['-', item])
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [`${/^[A-Za-z][\w.-]*$/.test(key) ? key : JSON.stringify(key)}:`, item]);
  return entries.map(([lead, item]) => `${indent}${lead}${node(item, indent)}`).join('');
}

function node(item, indent) {
  if (item === null || typeof item !== 'object') return ` ${JSON.stringify(item)}\n`;
  if (Object.keys(item).length === 0) return Array.isArray(item) ? ' []\n' : ' {}\n';
  return `\n${toYaml(item, `${indent}  `)}`;
}
