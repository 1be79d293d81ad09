import type { FastifyError, FastifyInstance } from 'fastify';
import { parseJson } from '@countersign/contracts';
import { ProblemException } from '../problems/problem-exception.ts';

/**
 * Takes JSON bodies and no others (415). `__proto__` and `constructor.prototype` members are refused (security 36);
 * an empty body is no body, because clients announce JSON and then send none.
 */
export function addJsonBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    request.bodyText = text;
    if (text === '') return done(null, undefined);
    try {
      done(null, parseJson(text));
    } catch {
      done(new ProblemException('request/malformed-json') as unknown as FastifyError);
    }
  });
}
