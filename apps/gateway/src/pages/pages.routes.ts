import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SecurityProfile } from '@countersign/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { THROUGH } from '../proxy/proxy.routes.ts';
import type { Served } from '../routes.table.ts';
import { docsPage, startScript } from './docs.page.ts';
import { errorsPage } from './errors.page.ts';
import { indexPage } from './index.page.ts';
import { PAGES_CSS } from './pages.css.ts';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** The files of Swagger UI that are served, and nothing else of that folder. */
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
};

/** Everything from this origin, nothing inline but images that style sheets carry. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The gateway's own pages. */
export function addPages(
  fastify: FastifyInstance,
  ready: () => Promise<Record<Served, boolean>>,
  profile: SecurityProfile,
): void {
  fastify.get('/', THROUGH, async (_request, reply) => sendPage(reply, indexPage(await ready(), profile)));
  fastify.get('/docs', THROUGH, (_request, reply) => sendPage(reply, docsPage()));
  fastify.get('/docs/errors', THROUGH, (_request, reply) => sendPage(reply, errorsPage()));
  fastify.get('/docs/pages.css', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/css; charset=utf-8', PAGES_CSS),
  );
  fastify.get('/docs/start.js', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/javascript; charset=utf-8', startScript()),
  );
  for (const [name, type] of Object.entries(ASSETS))
    fastify.get(`/docs/${name}`, THROUGH, async (_request, reply) =>
      sendFile(reply, type, await readFile(join(SWAGGER_UI, name))),
    );
}

/** Answers a page of ours, under the policy of pages. */
export const sendPage = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', PAGE_POLICY)
    .send(text);

/** Answers a file that pages of ours load. */
export const sendFile = (reply: FastifyReply, type: string, content: string | Buffer): FastifyReply =>
  reply.header('content-type', type).header('cache-control', 'public, max-age=3600').send(content);
