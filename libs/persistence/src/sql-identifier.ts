/**
 * The name of a table or column, quoted for SQL. Names come from code, never from a request; the strict form
 * (lower-case snake, at most 63 characters, optionally `schema.table`) makes that a fault instead of an injection.
 */
export function quoteIdentifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(name)) {
    throw new TypeError(`not an SQL name: ${JSON.stringify(name)}`);
  }
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}
