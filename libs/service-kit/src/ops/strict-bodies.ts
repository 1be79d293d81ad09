import type { OpenAPIObject } from '@nestjs/swagger';

type Json = Record<string, unknown>;

/**
 * The operations of `/v1` and `/internal` whose bodies would lose unknown fields without a word (`z.object` instead of
 * `z.strictObject`), each with the member it happens at. There, an unknown field is 400; elsewhere clients move on without us.
 */
export function lenientBodies(document: OpenAPIObject): string[] {
  const found: string[] = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    if (!/^\/(v1|internal)\//.test(path)) continue;
    for (const [method, operation] of Object.entries(operations as Record<string, Json>)) {
      const body = (operation.requestBody as Json | undefined)?.content as Json | undefined;
      const schema = (body?.['application/json'] as Json | undefined)?.schema;
      const at = lenientMember(schema, document, 'body', new Set());
      if (at !== undefined) found.push(`${method.toUpperCase()} ${path} (${at})`);
    }
  }
  return found;
}

function lenientMember(
  value: unknown,
  document: OpenAPIObject,
  at: string,
  seen: Set<unknown>,
): string | undefined {
  if (value === null || typeof value !== 'object' || seen.has(value)) return undefined;
  seen.add(value);
  const schema = value as Json;
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return lenientMember(document.components?.schemas?.[name], document, at, seen);
  }
  if (schema.properties !== undefined && schema.additionalProperties === undefined) return at;
  const inner: [string, unknown][] = [
    ...Object.entries((schema.properties ?? {}) as Json).map(
      ([name, member]) => [`${at}.${name}`, member] as [string, unknown],
    ),
    ...['items', 'additionalProperties'].map((name) => [at, schema[name]] as [string, unknown]),
    ...['anyOf', 'oneOf', 'prefixItems'].flatMap((name) =>
      ((schema[name] ?? []) as unknown[]).map((one) => [at, one] as [string, unknown]),
    ),
  ];
  for (const [where, member] of inner) {
    const lenient = lenientMember(member, document, where, seen);
    if (lenient !== undefined) return lenient;
  }
  return undefined;
}
