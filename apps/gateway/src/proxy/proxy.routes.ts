import { ProblemException } from '@countersign/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FOR_PAGES, LASTING, ROUTES, SERVED, type Served } from '../routes.table.ts';
import { addAnswersToPages, allowToAsk } from './answers-to-pages.ts';
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
    // Fastify parses nothing here: the forwarder reads bodies whole and hands them on as they are
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    addAnswersToPages(scope);
    for (const [path, service] of Object.entries(ROUTES)) {
      const target = { base: new URL(urls[service]), lasting: LASTING.has(path) };
      const options = { config: { ...THROUGH.config, forPages: FOR_PAGES.has(path) } };
      const hand = async (request: FastifyRequest, reply: FastifyReply) => {
        await forwarder.forward(request, reply, target).catch((error: unknown) => {
          if (error instanceof ProblemException) return allowToAsk(request, reply, error);
          throw error;
        });
      };
      for (const url of [path, `${path}/*`]) scope.all(url, options, hand);
    }
    for (const service of SERVED) {
      const base = new URL(urls[service]);
      scope.get(`/openapi/${service}.json`, THROUGH, (request, reply) =>
        forwarder.forward(request, reply, { base, path: '/openapi.json' }),
      );
    }
  });
}
