import type { FastifyInstance } from 'fastify';
import { ProblemException } from '../problems/problem-exception.ts';

/**
 * Refuses requests with more than one Host field (RFC 9112 §3.2). Host names the application: Node keeps the first,
 * whatever stands before it may have looked at the last.
 */
export function addOneHost(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { rawHeaders } = request.raw;
    let hosts = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === 'host') hosts++;
    if (hosts > 1)
      done(new ProblemException('request/invalid', { detail: 'not acceptable: more than one Host' }));
    else done();
  });
}
