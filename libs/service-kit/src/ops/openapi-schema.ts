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
  const renamed = schemaType === 'input' ? inputNames(own.$defs, other.$defs) : new Map<string, string>();
  const point = (value: unknown): unknown => withRefs(value, renamed);
  const components = Object.fromEntries(
    Object.entries(own.$defs).map(([name, definition]) => [renamed.get(name) ?? name, point(definition)]),
  );
  return { schema: point(own.root), components: components as Json };
};

function convert(schema: z.ZodType, io: 'input' | 'output'): { root: Json; $defs: Record<string, Json> } {
  const override = ({ jsonSchema }: { jsonSchema: Json }): void => {
    // an answer may grow members within v1: nobody is told that there are no others
    if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  };
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', override }) as Json;
  const { $schema: _, $defs = {}, ...root } = made as Json & { $defs?: Record<string, Json> };
  return { root, $defs };
}

/** New names of the components that differ as input, themselves or through what they refer to. */
function inputNames(input: Record<string, Json>, output: Record<string, Json>): Map<string, string> {
  const renamed = new Map<string, string>();
  for (let before = -1; before !== renamed.size;) {
    before = renamed.size;
    for (const [name, definition] of Object.entries(input)) {
      const text = JSON.stringify(definition);
      const refers = [...renamed.keys()].some((other) => text.includes(`"#/$defs/${other}"`));
      if (refers || text !== JSON.stringify(output[name])) renamed.set(name, `${name}Input`);
    }
  }
  return renamed;
}

function withRefs(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withRefs(item, renamed));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name !== '$ref' || typeof inner !== 'string') return [name, withRefs(inner, renamed)];
      const target = inner.replace(/^#\/\$defs\//, '');
      return [name, target === inner ? inner : `#/components/schemas/${renamed.get(target) ?? target}`];
    }),
  );
}
