import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpCode,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { z } from 'zod';

const RETURNS = 'countersign:returns';
type Schemas = Record<number, z.ZodType | null>;

/**
 * What a route answers with `status`: documents it and keeps everything out of the answer that the schema does not
 * name. Several statuses: several decorators; a 2xx one is the route's usual status. No schema: no body.
 */
export function Returns(status: number, schema?: z.ZodType, description = ''): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const before = (Reflect.getMetadata(RETURNS, handler) as Schemas | undefined) ?? {};
    const decorate = applyDecorators(
      SetMetadata(RETURNS, { ...before, [status]: schema ?? null }),
      ApiResponse({ status, description, ...(schema && { standardSchema: schema }) }),
      ...(status < 300 ? [HttpCode(status)] : []),
    );
    decorate(target, key, descriptor);
  };
}

/** An answer with a status or headers other than the route's usual ones; handlers return it. */
export class Reply<T = unknown> {
  constructor(
    readonly status: number,
    readonly body?: T,
    readonly headers: Record<string, string> = {},
  ) {}
}

/**
 * An answer that is JSON already and known to fit the route's schema, because it was made by what the schema describes:
 * sent as it is. For what is kept and asked for often; whoever makes one sees to it that nothing else stands in it.
 */
export class JsonText {
  constructor(readonly text: string) {}
}

/** Sends what a handler returns through the schema of its status. An answer that does not fit is a fault of ours. */
export class ReturnsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const schemas = Reflect.getMetadata(RETURNS, context.getHandler()) as Schemas | undefined;
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((result: unknown) => {
        const isReply = result instanceof Reply;
        if (isReply) void reply.code(result.status).headers(result.headers);
        const body: unknown = isReply ? result.body : result;
        if (body instanceof JsonText) {
          void reply.type('application/json; charset=utf-8');
          return body.text;
        }
        const schema = schemas?.[reply.statusCode];
        if (schema === null) return undefined;
        return schema ? outgoing(schema, body) : body;
      }),
    );
  }
}

function outgoing(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`the answer does not fit its schema: ${where}`);
}
