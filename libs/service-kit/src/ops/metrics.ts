import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, type Registry } from 'prom-client';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures requests. Labels are the route's pattern, the method and the status: nothing a caller can invent (API-06). */
export function measureRequests(fastify: FastifyInstance, metrics: Registry): void {
  collectDefaultMetrics({ register: metrics });
  const seconds = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const method = METHODS.has(request.method) ? request.method : 'other';
    const took = Number(process.hrtime.bigint() - request.startedAt) / 1e9;
    seconds.observe({ method, route, status: String(reply.statusCode) }, took);
    done();
  });
}

/** `/metrics` in Prometheus' text format. */
export function addMetricsRoute(fastify: FastifyInstance, metrics: Registry): void {
  fastify.get(
    '/metrics',
    { config: { access: { kind: 'open', application: false } } },
    async (_request, reply) => {
      void reply.header('content-type', metrics.contentType);
      return metrics.metrics();
    },
  );
}
