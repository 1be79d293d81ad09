import type { SwaggerDocumentOptions } from '@nestjs/swagger';
import { z } from 'zod';

type StandardSchemaConverter = NonNullable<SwaggerDocumentOptions['standardSchemaConverter']>;
type Json = Record<string, unknown>;

/**
 * A Zod schema as JSON Schema 2020-12, which OpenAPI 3.1 speaks. Schemas with `.meta({ id })` become components; one that
 * reads otherwise as input than as output (defaults, transforms) becomes two, the input's name ending in `Input`.
 */
export const toOpenApiSchema: StandardSchemaConverter = (schema, { schemaType }) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const own = convert(schema, schemaType);
  const other = convert(schema, schemaType === 'input' ? 'output' : 'input');
  const renamed = new Map<string, string>();
  if (schemaType === 'input')
    for (const [name, definition] of Object.entries(own.$defs))
      if (JSON.stringify(definition) !== JSON.stringify(other.$defs[name])) renamed.set(name, `${name}Input`);
  const point = (value: unknown): unknown => withRefs(value, renamed);
  const components = Object.fromEntries(
    Object.entries(own.$defs).map(([name, definition]) => [renamed.get(name) ?? name, point(definition)]),
  );
  return { schema: point(own.root), components: components as Json };
};

function convert(schema: z.ZodType, io: 'input' | 'output'): { root: Json; $defs: Record<string, Json> } {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json & {
    $defs?: Record<string, Json>;
  };
  return { root, $defs };
}

function withRefs(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withRefs(item, renamed));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(
    ([name]) => name !== 'id' || typeof (value as Json).id !== 'string',
  );
  return Object.fromEntries(
    entries.map(([name, inner]) => {
      if (name !== '$ref' || typeof inner !== 'string') return [name, withRefs(inner, renamed)];
      const target = inner.replace(/^#\/\$defs\//, '');
      return [name, target === inner ? inner : `#/components/schemas/${renamed.get(target) ?? target}`];
    }),
  );
}
