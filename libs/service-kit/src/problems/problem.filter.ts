import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logs.ts';
import { problemFor } from './error-to-problem.ts';
import { errorAnswer } from './problem-body.ts';

/** Sends the answer to an error and logs what is a fault of ours. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): void {
  const problem = problemFor(error);
  if (problem.status >= 500 && problem !== error) {
    const level = problem.status === 503 ? 'warn' : 'error';
    logger[level]({ err: error, reqId: request.id, route: request.routeOptions?.url }, 'request failed');
  }
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const { status, contentType, headers, body } = errorAnswer(problem, request.raw.url ?? '/');
  void reply.code(status).headers(headers).header('content-type', contentType).send(JSON.stringify(body));
}

/** The one place where errors become answers: everything thrown in a hook, a pipe or a controller ends here. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}
