import type { FastifyError, FastifyInstance } from 'fastify';
import { ApiConsumes } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { ProblemException } from '../problems/problem-exception.ts';
import { addRouteConfig } from './route-config.ts';

const FORM = 'application/x-www-form-urlencoded';

/**
 * The route also takes form-encoded bodies, as OAuth's do (RFC 7009 §2.1, RFC 7662 §2.1). Only for routes whose
 * credential no browser adds by itself: any page can send a form anywhere.
 */
export const FormBody = (): MethodDecorator =>
  applyDecorators(addRouteConfig({ form: true }), ApiConsumes('application/json', FORM));

/** Takes forms where the route says so (415 elsewhere). A parameter sent twice is refused (RFC 6749 §3.2, security 36). */
export function addFormBody(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(FORM, { parseAs: 'string' }, (request, text: string, done) => {
    const refuse = (code: 'request/media-type' | 'request/invalid') =>
      done(new ProblemException(code) as unknown as FastifyError);
    if (request.routeOptions.config.form !== true) return refuse('request/media-type');
    request.bodyText = text;
    const pairs = [...new URLSearchParams(text)];
    const names = new Set(pairs.map(([name]) => name));
    if (names.size !== pairs.length || names.has('__proto__')) return refuse('request/invalid');
    done(null, Object.fromEntries(pairs));
  });
}
