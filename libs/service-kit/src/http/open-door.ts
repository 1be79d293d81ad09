import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { addAccessHook } from '../access/access-hook.ts';
import type { Gate } from '../access/check-access.ts';
import { RouteTable } from '../access/route-table.ts';
import { logRequests } from '../ops/access-log.ts';
import { measureRequests } from '../ops/metrics.ts';
import type { Platform } from '../platform.ts';
import { sendError } from '../problems/problem.filter.ts';
import { fastifyOptions } from './fastify-options.ts';
import { addFormBody } from './form-body.ts';
import { endAtHead } from './head-requests.ts';
import { addJsonBody } from './json-body.ts';
import { addOneHost } from './one-host.ts';
import { addRequestContext } from './request-context.ts';
import { addSecurityHeaders, BARE_HEADERS, securityHeaders } from './security-headers.ts';

export interface Door {
  adapter: FastifyAdapter;
  fastify: FastifyInstance;
  routes: RouteTable;
}

/** A Fastify door with everything that stands before routes, in this order: identity of the request, headers, access. */
export async function openDoor(platform: Platform, gate: Gate): Promise<Door> {
  const options = fastifyOptions(platform.config.trustedProxies);
  options.frameworkErrors = (error, request, reply) =>
    sendError(error, request, reply.headers(BARE_HEADERS), platform.logger);
  const adapter = new FastifyAdapter(options);
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new RouteTable(fastify);
  addRequestContext(fastify);
  endAtHead(fastify);
  measureRequests(fastify, platform.metrics);
  logRequests(fastify, platform.logger);
  addJsonBody(fastify);
  addFormBody(fastify);
  await addSecurityHeaders(fastify, securityHeaders(platform.config));
  addOneHost(fastify);
  addAccessHook(fastify, gate);
  // whoever is served while the service closes learns that this connection ends
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (platform.closing.signal.aborted) void reply.header('connection', 'close');
    done(null, payload);
  });
  return { adapter, fastify, routes };
}
