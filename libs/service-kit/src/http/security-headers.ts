import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import type { DoorConfig } from '../config.ts';

/** Headers that say how an answer came, not how safe it is. */
const OF_ONE_ANSWER = new Set(['connection', 'content-length', 'date']);

/**
 * Gives every answer helmet's headers. They are the same for all, and helmet makes them anew for each: here it is asked
 * once.
 */
export async function addSecurityHeaders(
  fastify: FastifyInstance,
  options: FastifyHelmetOptions,
): Promise<void> {
  const asked = Fastify();
  await asked.register(helmet, options);
  asked.get('/', (_request, reply) => reply.send());
  const answer = await asked.inject('/');
  await asked.close();
  const headers = Object.fromEntries(
    Object.entries(answer.headers).filter(([name]) => !OF_ONE_ANSWER.has(name)),
  );
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
}

/** Headers of every answer. APIs are never pages: nothing may be loaded by them, and nobody may frame them. */
export function securityHeaders(config: Pick<DoorConfig, 'publicUrl'>): FastifyHelmetOptions {
  return {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    // answers are read by pages of other origins where CORS lets them
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: config.publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  };
}

/** For answers that Fastify gives before any hook runs: to what has no readable path. */
export const BARE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
