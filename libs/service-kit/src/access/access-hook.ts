import type { FastifyInstance } from 'fastify';
import { ProblemException } from '../problems/problem-exception.ts';
import { checkAccess, type Gate } from './check-access.ts';

/**
 * Enforces the access rule of the matched route before the body is read: whoever has no credential gets 401, whatever
 * else is wrong with the request. The rule comes with the route, so no spelling of a path leads around it.
 */
export function addAccessHook(fastify: FastifyInstance, gate: Gate): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    const rule = request.routeOptions.config.access;
    // checked at start; said again here because the alternative would be to serve it
    if (!rule) throw new ProblemException('access/forbidden');
    request.caller = await checkAccess(rule, request, reply, gate);
  });
}
