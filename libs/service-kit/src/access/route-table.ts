import type { FastifyInstance } from 'fastify';
import type { AccessRule } from './access.decorator.ts';

/** A route as it is served. `url` is the pattern. */
export interface RouteInfo {
  method: string;
  url: string;
  access: AccessRule;
}

/** Notes every route that Fastify is given, with its access rule. */
export class RouteTable {
  private readonly found: { method: string; url: string; access: AccessRule | undefined }[] = [];

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) this.found.push({ method: one, url, access: config?.access });
    });
  }

  /** All routes. Throws, naming them, if any has no access rule: nothing is served by forgetting. */
  checked(): RouteInfo[] {
    const bare = this.found.filter((route) => !route.access);
    if (bare.length > 0) {
      const names = bare.map(({ method, url }) => `${method} ${url}`).join(', ');
      throw new Error(`no access decorator on ${names}`);
    }
    return this.found as RouteInfo[];
  }
}
