import type { IdempotentRequest } from '@countersign/persistence';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../access/caller.ts';
import { ProblemException } from '../problems/problem-exception.ts';

/** What makes a request with an `Idempotency-Key` recognisable; undefined where none was sent. A key that is none: 400. */
export function idempotentRequest(request: FastifyRequest): IdempotentRequest | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new ProblemException('idempotency/key-invalid');
  const caller = callerOf(request);
  return {
    appId: caller.application.appId,
    keyId: caller.key.keyId,
    route: `${request.method} ${request.url.split('?', 1)[0]}`,
    key,
    bodyHash: caller.requestHash,
  };
}

/** Parameter decorator for unsafe POSTs of `/v1`: what `Idempotency.once` takes. */
export const Idempotent = createParamDecorator((_: unknown, context: ExecutionContext) =>
  idempotentRequest(context.switchToHttp().getRequest<FastifyRequest>()),
);
