import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { DoorConfig } from '../config.ts';

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
