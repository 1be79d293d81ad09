import { readFile } from 'node:fs/promises';
import { ProblemException } from '@countersign/service-kit';
import type { FastifyInstance } from 'fastify';
import { sendPage } from '../pages/pages.routes.ts';
import { THROUGH } from '../proxy/proxy.routes.ts';
import { addressOfDemo } from '../demo/demo-host.decide.ts';
import { tryPage } from './try.page.ts';
import { addVouch, type Vouch } from './vouch.ts';

export interface TryOptions extends Vouch {
  fastify: FastifyInstance;
  /** Whether `/phone` is there. */
  phone: boolean;
}

/** Built by `npm run build` of this app (esbuild); beside the sources as beside what runs. */
const BUILT = new URL('../../dist/try/assets/', import.meta.url);
const ASSETS: Record<string, string> = {
  'try.js': 'text/javascript; charset=utf-8',
  'try.css': 'text/css; charset=utf-8',
  'mfa-client.js': 'text/javascript; charset=utf-8',
};

/**
 * The reference page: a user goes through every factor with the SDK, against the running system, and sees what the
 * server says at each step. For development only; nothing of it is loaded in production.
 */
export async function openTry({ fastify, phone, ...vouch }: TryOptions): Promise<void> {
  fastify.get('/try', THROUGH, (request, reply) => {
    const better = addressOfDemo(request.headers.host ?? '', '/try');
    return better ? reply.redirect(better, 302) : sendPage(reply, tryPage());
  });
  for (const [name, type] of Object.entries(ASSETS))
    fastify.get(`/try/${name}`, THROUGH, async (_request, reply) => {
      const content = await readFile(new URL(name, BUILT)).catch(() => undefined);
      if (!content)
        throw new ProblemException('request/not-found', { detail: 'build it: npx nx build gateway' });
      return reply.header('content-type', type).header('cache-control', 'no-cache').send(content);
    });
  const vouching = await addVouch(fastify, vouch);
  fastify.get('/try/settings.json', THROUGH, async () => ({ phone, demo: await vouching.demo() }));
}
