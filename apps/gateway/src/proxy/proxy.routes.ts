import type { FastifyInstance } from 'fastify';
import { ROUTES, SERVED, type Served } from '../routes.table.ts';
import type { Forwarder } from './forward.ts';

/** The gateway lets everybody through to a service: who may call is decided there. */
export const THROUGH = { config: { access: { kind: 'open', application: false } } } as const;

/** Routes every path of the table to its service, and `/openapi/{service}.json` to the service's document. */
export async function addProxyRoutes(
  fastify: FastifyInstance,
  forwarder: Forwarder,
  urls: Record<Served, string>,
): Promise<void> {
  await fastify.register(async (scope) => {
    // bodies are not read here: they go on as they come
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const [path, service] of Object.entries(ROUTES)) {
      const base = new URL(urls[service]);
      for (const url of [path, `${path}/*`])
        scope.all(url, THROUGH, (request, reply) => forwarder.forward(request, reply, base));
    }
    for (const service of SERVED) {
      const base = new URL(urls[service]);
      scope.get(`/openapi/${service}.json`, THROUGH, (request, reply) =>
        forwarder.forward(request, reply, base, '/openapi.json'),
      );
    }
  });
}
