import type { FastifyInstance } from 'fastify';
import type { Logger } from '../logs.ts';

/** One line per answered request. The route's pattern stands for the path, because paths hold usernames and ids. */
export function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!logger.isLevelEnabled('info')) return done();
    const route = request.is404 ? 'none' : request.routeOptions.url;
    if (route === '/healthz' || route === '/readyz' || route === '/metrics') return done();
    const ms = Math.round(Number(process.hrtime.bigint() - request.startedAt) / 1e5) / 10;
    const trace = request.traceparent?.split('-')[1];
    logger.info(
      { reqId: request.id, trace, method: request.method, route, status: reply.statusCode, ms },
      'request',
    );
    done();
  });
}
