import { z } from 'zod';
import { toOpenApiSchema } from './openapi-schema.ts';

const inner = z.object({ n: z.int().default(1) }).meta({ id: 'Inner' });
const same = z.object({ id: z.string() }).meta({ id: 'Same' });
const outer = z.object({ inner, same }).meta({ id: 'Outer' });

describe('schemas in an OpenAPI document', () => {
  it('toolchain: one component as output, another as input where they differ, also through what they refer to', () => {
    const output = toOpenApiSchema(outer, { schemaType: 'output' })!;
    const input = toOpenApiSchema(outer, { schemaType: 'input' })!;
    expect(output.schema).toEqual({ $ref: '#/components/schemas/Outer' });
    expect(input.schema).toEqual({ $ref: '#/components/schemas/OuterInput' });
    expect(Object.keys(output.components!).sort()).toEqual(['Inner', 'Outer', 'Same']);
    expect(Object.keys(input.components!).sort()).toEqual(['InnerInput', 'OuterInput', 'Same']);
    expect(input.components!.OuterInput.properties.inner).toEqual({
      $ref: '#/components/schemas/InnerInput',
    });
    expect(output.components!.Inner.required).toEqual(['n']);
    expect(input.components!.InnerInput.required).toBeUndefined();
  });

  it('what is no Zod schema is left to others', () => {
    expect(toOpenApiSchema({}, { schemaType: 'input' })).toBeUndefined();
  });
});
