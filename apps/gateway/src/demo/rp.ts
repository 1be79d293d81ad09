import type { Clock } from '@countersign/kernel';
import { type Logger, ProblemException } from '@countersign/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sendFile } from '../pages/pages.routes.ts';
import { THROUGH } from '../proxy/proxy.routes.ts';
import { isFromPage } from './demo-application.ts';
import { addressOfDemo, mayActOn } from './demo-host.decide.ts';
import { PARTNER_CSS } from './partner.css.ts';
import { RpFlow } from './rp-flow.ts';
import { rpPage, strayPage } from './rp.page.ts';
import { sendDemoPage } from './send-demo-page.ts';
import { readRpSettings, type RpSettings } from './rp-settings.ts';
import { RP_KINDS, RpSessions } from './rp-sessions.ts';

export interface RpRoutes {
  fastify: FastifyInstance;
  clock: Clock;
  logger: Logger;
  /** How the provider is reached; its public names are browsers' matter. */
  oidcBrokerUrl: string;
  /** The file with the clients and their secrets. */
  rpPath: string;
}

const FORM = { config: { ...THROUGH.config, form: true } } as const;
const COOKIE = 'demo_rp';
const asked = z.object({
  kind: z.enum(RP_KINDS),
  username: z.string().min(1).max(256),
  link: z.literal('yes').optional(),
});

/**
 * A sample relying party of the demo application at `/demo/rp`, on `demo.localhost` alone, where its passkeys are. For
 * development only: it shows tokens, and a password.
 */
export async function openRelyingParty(options: RpRoutes): Promise<void> {
  const { fastify, clock, logger, oidcBrokerUrl, rpPath } = options;
  const sessions = new RpSessions(clock);
  const flow = new RpFlow(oidcBrokerUrl);
  /** The clients, if this is a form of our own page. */
  const settingsFor = async (request: FastifyRequest): Promise<RpSettings> => {
    const settings = await readRpSettings(rpPath);
    if (!settings || !isFromPage(request, settings.appId)) throw new ProblemException('request/not-found');
    return settings;
  };

  fastify.get('/demo/rp.css', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/css; charset=utf-8', PARTNER_CSS),
  );
  fastify.get('/demo/rp', THROUGH, async (request, reply) => {
    const host = request.headers.host ?? '';
    const better = addressOfDemo(host, '/demo/rp');
    if (better) return reply.redirect(better, 302);
    if (!mayActOn(host, 'demo')) throw new ProblemException('request/not-found');
    return sendDemoPage(reply, rpPage(await readRpSettings(rpPath), sessions.outcome(cookieOf(request))));
  });
  fastify.post('/demo/rp/sign-in', FORM, async (request, reply) => {
    const settings = await settingsFor(request);
    const body = asked.safeParse(request.body);
    if (!body.success) throw new ProblemException('request/invalid', { field: 'kind' });
    const { kind, link, username } = body.data;
    const origin = `http://${request.headers.host}`;
    const begun = await flow
      .begin(settings, { kind, origin, username, link: kind === 'second-factor' && link !== undefined })
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'the issuer of the sample relying party does not answer');
        throw new ProblemException('fault/unavailable');
      });
    const known = cookieOf(request);
    const id = sessions.has(known) ? known : sessions.begin();
    if ('refused' in begun) sessions.keep(id, begun.refused);
    else sessions.expect(id, begun.pending);
    // Lax: the answer comes from the issuer by a plain navigation, and that has to know the browser
    void reply.header('set-cookie', `${COOKIE}=${id}; Path=/demo/rp; HttpOnly; SameSite=Lax`);
    return reply.redirect('url' in begun ? begun.url : '/demo/rp', 303);
  });
  fastify.get('/demo/rp/callback', THROUGH, async (request, reply) => {
    const { state } = request.query as { state?: unknown };
    const id = cookieOf(request);
    const pending = typeof state === 'string' ? sessions.take(id, state) : undefined;
    const settings = await readRpSettings(rpPath);
    if (!pending || !settings || id === undefined) return sendDemoPage(reply.code(400), strayPage());
    sessions.keep(id, await flow.finish(settings, pending, request.raw.url?.split('?')[1] ?? ''));
    // the code is used; it need not stand in the address
    return reply.redirect('/demo/rp', 303);
  });
  fastify.post('/demo/rp/sign-out', FORM, async (request, reply) => {
    const settings = await settingsFor(request);
    const id = cookieOf(request);
    const outcome = sessions.outcome(id);
    sessions.end(id);
    void reply.header('set-cookie', `${COOKIE}=; Path=/demo/rp; HttpOnly; SameSite=Lax; Max-Age=0`);
    return reply.redirect(outcome ? await flow.signOut(settings, outcome) : '/demo/rp', 303);
  });
}

/** Which session the browser says it is. */
const cookieOf = ({ headers }: FastifyRequest): string | undefined =>
  new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)(?:;|$)`).exec(headers.cookie ?? '')?.[1];
