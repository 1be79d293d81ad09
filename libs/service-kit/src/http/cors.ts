import type { Application } from '@countersign/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessRule } from '../access/access.decorator.ts';
import { namedApplication } from '../access/named-application.ts';
import type { Gate } from '../access/check-access.ts';
import type { RouteInfo } from '../access/route-table.ts';
import { ProblemException } from '../problems/problem-exception.ts';

/** Headers that pages may send, and those they may read. */
export const PAGE_HEADERS = {
  allowed: 'authorization, content-type, x-correlation-id, last-event-id',
  exposed: 'x-correlation-id, retry-after',
} as const;

/** Routes that pages may call: those of users. Management and internal ones answer no page (EXT-06). */
const forPages = (rule: AccessRule): boolean =>
  rule.kind === 'session' || rule.kind === 'userToken' || (rule.kind === 'open' && rule.application);

/** Lets the page's origin read the answer if the application lists it. Never with credentials: sessions stand in headers. */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply, application: Application): boolean {
  const { origin } = request.headers;
  void reply.header('vary', 'origin');
  const { origins } = application.settings;
  if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return false;
  void reply.header('access-control-allow-origin', origins.includes('*') ? '*' : origin);
  void reply.header('access-control-expose-headers', PAGE_HEADERS.exposed);
  return true;
}

/** Answers preflight requests for the routes of users, by the origins of the application they name. */
export function addPreflight(fastify: FastifyInstance, routes: readonly RouteInfo[], gate: Gate): void {
  const methodsByUrl = Map.groupBy(
    routes.filter((route) => forPages(route.access) && route.method !== 'OPTIONS'),
    (route) => route.url,
  );
  for (const [url, open] of methodsByUrl) {
    const methods = open.map((route) => route.method);
    fastify.options(
      url,
      { config: { access: { kind: 'open', application: false } } },
      async (request, reply) => {
        const wanted = request.headers['access-control-request-method'];
        const application = await namedApplication(request, gate.suffixes, gate.directory);
        if (wanted === undefined || !methods.includes(wanted))
          throw new ProblemException('request/not-found');
        if (!allowOrigin(request, reply, application)) throw new ProblemException('access/forbidden');
        return reply
          .header('access-control-allow-methods', methods.join(', '))
          .header('access-control-allow-headers', PAGE_HEADERS.allowed)
          .header('access-control-max-age', '600')
          .code(204)
          .send();
      },
    );
  }
}
