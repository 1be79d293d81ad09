import { AsyncLocalStorage } from 'node:async_hooks';
import { isIP } from 'node:net';
import { randomName } from '@countersign/kernel';
import { currentTrace, runWithCorrelationId, runWithTrace } from '@countersign/messaging';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import './request.types.ts';

/** The correlation id of a request: the caller's where it is a plain word, a new one otherwise. */
export function correlationId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomName();
}

/** Gives every request its identity: correlation id (echoed), trace, the client's address. */
export function addRequestContext(fastify: FastifyInstance): void {
  fastify.decorateRequest('caller', null);
  fastify.decorateRequest('clientAddress', '');
  fastify.decorateRequest('traceparent', null);
  fastify.decorateRequest('bodyText', null);
  fastify.decorateRequest('startedAt', 0n);
  fastify.decorateRequest('inContext', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.startedAt = process.hrtime.bigint();
    request.clientAddress = addressOf(request);
    void reply.header('x-correlation-id', request.id).header('cache-control', 'no-store');
    const { traceparent } = request.headers;
    runWithTrace(typeof traceparent === 'string' ? traceparent : undefined, () =>
      runWithCorrelationId(request.id, () => {
        request.traceparent = currentTrace() ?? null;
        // nothing is read where there is no body, and the context is not left
        if (hasBody(request)) request.inContext = AsyncLocalStorage.snapshot();
        done();
      }),
    );
  });
  // reading the body leaves the asynchronous context of the hook above
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (request.inContext) request.inContext(done);
    else done();
  });
}

const hasBody = ({ method }: FastifyRequest): boolean => method !== 'GET' && method !== 'HEAD';

function addressOf(request: FastifyRequest): string {
  const address = request.ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  return isIP(address) ? address : (request.socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
}
