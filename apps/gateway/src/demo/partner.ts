import { usernameSchema } from '@countersign/contracts';
import { toNodeHandler } from '@countersign/extension-sdk';
import type { Clock } from '@countersign/kernel';
import { type Logger, ProblemException } from '@countersign/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { sendFile } from '../pages/pages.routes.ts';
import { THROUGH } from '../proxy/proxy.routes.ts';
import { isFromPage, postAsDemo, readDemo } from './demo-application.ts';
import { addressOfDemo, mayActOn } from './demo-host.decide.ts';
import { arrivalPage, type Launched, partnerPage } from './partner.page.ts';
import { PARTNER_CSS } from './partner.css.ts';
import { partnerExtension } from './partner-extension.ts';
import { sendDemoPage } from './send-demo-page.ts';
import { PartnerVisits } from './partner-visits.ts';

export interface PartnerRoutes {
  fastify: FastifyInstance;
  clock: Clock;
  logger: Logger;
  publicUrl: string;
  ssoDataUrl: string;
  /** The address of `/demo/partner/sso` as it is registered with sso-data. */
  handlerUrl: string;
  /** The file `npm start` keeps the demo application's key in. Absent: the page shows what to run instead. */
  demoKeyPath?: string | undefined;
}

/** A page without scripts sends forms; which page it is is looked at. */
const FORM = { config: { ...THROUGH.config, form: true } } as const;
const SHOWN = 10;
/** A launch asks a handler four times at most, for five seconds each. */
const LAUNCH_MS = 25_000;
const asked = z.object({ username: usernameSchema });
const linked = z.object({ response: z.url({ protocol: /^https?$/ }) });

/**
 * A sample vendor and the page that launches it: `/demo/partner` shows the identifier the partner was given, first and
 * second time. For development only; nothing of it is loaded in production.
 */
export async function openPartner(options: PartnerRoutes): Promise<void> {
  const { fastify, clock, logger, publicUrl, ssoDataUrl, handlerUrl, demoKeyPath } = options;
  const visits = new PartnerVisits(clock);
  const extension = partnerExtension({
    ...{ visits, clock, logger, audience: handlerUrl },
    issuer: `${publicUrl}/apps/demo`,
    landing: `${publicUrl}/demo/partner/in`,
  });
  const show = async (reply: FastifyReply, launched?: Launched) => {
    const username = (await readDemo(demoKeyPath))?.username;
    return sendDemoPage(
      reply,
      partnerPage({ username, visits: visits.latest(SHOWN), ...(launched && { launched }) }),
    );
  };

  fastify.get('/demo/partner.css', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/css; charset=utf-8', PARTNER_CSS),
  );
  fastify.get('/demo/partner', THROUGH, (request, reply) => {
    const better = addressOfDemo(request.headers.host ?? '', '/demo/partner');
    if (better) return reply.redirect(better, 302);
    if (!mayActOn(request.headers.host ?? '', 'demo')) throw new ProblemException('request/not-found');
    return show(reply);
  });
  fastify.get('/demo/partner/in', THROUGH, (request, reply) => {
    const { visit } = request.query as { visit?: unknown };
    const arrived = typeof visit === 'string' ? visits.arrive(visit) : undefined;
    return sendDemoPage(reply.code(arrived ? 200 : 404), arrivalPage(arrived));
  });

  // the SDK verifies the bytes as they came
  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    const handler = toNodeHandler(extension);
    scope.post('/demo/partner/sso', THROUGH, async (request, reply) => {
      reply.hijack();
      await handler(request.raw, reply.raw);
    });
  });
  fastify.post('/demo/partner/launch', FORM, async (request, reply) => {
    const demo = await readDemo(demoKeyPath);
    if (!demo || !isFromPage(request, demo.appId)) throw new ProblemException('request/not-found');
    const body = asked.safeParse(request.body);
    if (!body.success) throw new ProblemException('request/invalid', { field: 'username' });
    const { username } = body.data;
    const answer = await postAsDemo(ssoDataUrl, demo, '/v1/sso/partner/launch', { username }, LAUNCH_MS);
    if (!answer) throw new ProblemException('fault/unavailable');
    const link = linked.safeParse(answer.body).data?.response;
    return show(reply, { username, status: answer.status, answer: answer.body, link });
  });
}
