import { PAGE_HEADERS, type ProblemException } from '@countersign/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of other origins call this route. */
    forPages?: boolean;
  }
}

/**
 * Lets every page read the status of what the gateway answers itself on the routes of users: who may is an
 * application's setting, which the gateway does not know, and there is nothing of anybody in it. What services answer
 * does not pass here and keeps their word; management routes answer no page (EXT-06).
 */
export function addAnswersToPages(scope: FastifyInstance): void {
  scope.addHook('onSend', (request, reply, payload, done) => {
    if (request.routeOptions.config.forPages)
      void reply
        .header('access-control-allow-origin', '*')
        .header('access-control-expose-headers', PAGE_HEADERS.exposed);
    done(null, payload);
  });
}

/**
 * Answers a preflight whose service is away, so that the page goes on to its request and reads the 503. Rethrows
 * `problem` for everything else. Not to be remembered: with the service its own word is back.
 */
export function allowToAsk(request: FastifyRequest, reply: FastifyReply, problem: ProblemException) {
  const wanted = request.headers['access-control-request-method'];
  const isPreflight = request.method === 'OPTIONS' && wanted !== undefined;
  if (!isPreflight || !request.routeOptions.config.forPages || problem.code !== 'fault/unavailable')
    throw problem;
  return reply
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', PAGE_HEADERS.allowed)
    .header('access-control-max-age', '0')
    .code(204)
    .send();
}
