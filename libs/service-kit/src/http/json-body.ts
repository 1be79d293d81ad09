import type { FastifyError, FastifyInstance } from 'fastify';
import { halfPairIn, parseJson } from '@countersign/contracts';
import { invalidInput } from '../input/validated.ts';
import { ProblemException } from '../problems/problem-exception.ts';

/**
 * Takes JSON bodies and no others (415). `__proto__` and `constructor.prototype` members are refused (security 36), and
 * texts with half a surrogate pair, which no column keeps (400, with the field); an empty body is no body, because
 * clients announce JSON and then send none.
 */
export function addJsonBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    request.bodyText = text;
    if (text === '') return done(null, undefined);
    let body: unknown;
    try {
      body = parseJson(text);
    } catch {
      return done(new ProblemException('request/malformed-json') as unknown as FastifyError);
    }
    // the text was read as UTF-8: only an escape brings half a pair
    const half = /\\u[dD][89a-fA-F]/.test(text) ? halfPairIn(body) : undefined;
    if (half)
      return done(invalidInput([{ message: half.fault, path: half.path }]) as unknown as FastifyError);
    done(null, body);
  });
}
