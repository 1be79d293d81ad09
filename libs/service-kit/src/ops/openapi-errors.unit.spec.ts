import type { OpenAPIObject } from '@nestjs/swagger';
import { withErrorAnswers } from './openapi-errors.ts';

const ok = { description: 'done' };
const next = { $ref: '#/components/schemas/MfaNext' };
const guarded = [{ apiKey: [] }];

/** A document of one operation, with the errors added; answers its responses. */
function responsesOf(path: string, operation: { security?: object[]; responses: object }) {
  const document = { paths: { [path]: { post: operation } }, components: { schemas: { Own: {} } } };
  const { paths, components } = withErrorAnswers(document as unknown as OpenAPIObject);
  const { responses } = paths[path]!.post!;
  return {
    responses: responses as Record<string, { content: Record<string, { schema: { $ref: string } }> }>,
    names: Object.keys(components!.schemas!),
  };
}

describe('errors in the OpenAPI document', () => {
  it('RFC 9457: every operation says how it refuses; what needs a credential says so', () => {
    const { responses, names } = responsesOf('/v1/things', { security: guarded, responses: { 200: ok } });
    expect(Object.keys(responses).sort()).toEqual(['200', '401', '403', '4XX', '5XX']);
    expect(responses['4XX']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
    expect(names).toEqual(['Own', 'Problem']);
    const open = responsesOf('/v1/things', { responses: { 200: ok } });
    expect(Object.keys(open.responses).sort()).toEqual(['200', '4XX', '5XX']);
  });

  it.each([
    ['/fido2/v2/mfa/begin', 'AppError'],
    ['/fido2/v2/mgmt/token/introspect', 'OAuthError'],
  ])('contracts 1.3, RFC 6749 §5.2: %s refuses with %s', (path, shape) => {
    const { responses, names } = responsesOf(path, { responses: { 200: ok } });
    expect(responses['5XX']?.content['application/json']?.schema.$ref).toBe(`#/components/schemas/${shape}`);
    expect(names).toEqual(['Own', shape]);
  });

  it('contracts 1.6: a 401 that goes on with the flow is still one, beside the one that refuses', () => {
    const own = { description: 'more is asked for', content: { 'application/json': { schema: next } } };
    const { responses } = responsesOf('/fido2/v2/mfa/otp/verify', {
      security: guarded,
      responses: { 200: ok, 401: own },
    });
    expect(responses['401']).toEqual({
      description: 'more is asked for',
      content: {
        'application/json': { schema: { anyOf: [next, { $ref: '#/components/schemas/AppError' }] } },
      },
    });
  });
});
