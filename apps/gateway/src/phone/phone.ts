import type { Clock } from '@countersign/kernel';
import { type Logger, ProblemException } from '@countersign/service-kit';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { sendFile, sendPage } from '../pages/pages.routes.ts';
import { THROUGH } from '../proxy/proxy.routes.ts';
import { PhoneMessages } from './phone-messages.ts';
import { PhoneStream } from './phone-stream.ts';
import { PHONE_CSS } from './phone.css.ts';
import { phonePage } from './phone.page.ts';
import { PHONE_SCRIPT } from './phone.script.ts';
import { addSmsSink } from './sms-sink.ts';
import { openSmtpSink } from './smtp-sink.ts';

export interface PhoneOptions {
  fastify: FastifyInstance;
  /** Aborted when the gateway begins to close. */
  closing: AbortSignal;
  clock: Clock;
  logger: Logger;
  host: string;
  /** 0: any free port. */
  smtpPort: number;
}

export interface Phone {
  smtpPort: number;
  close(): Promise<void>;
}

const asked = z.object({
  to: z.string().min(1).max(320).optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(50),
});

/**
 * The virtual phone: takes e-mails (SMTP) and SMS (Twilio's API) of the running system and shows them to whoever looks.
 * For development only, because it shows everybody's codes; nothing of it is loaded in production.
 */
export async function openPhone({
  fastify,
  closing,
  clock,
  logger,
  host,
  smtpPort,
}: PhoneOptions): Promise<Phone> {
  const messages = new PhoneMessages(clock);
  const stream = new PhoneStream(messages, closing);
  fastify.get('/phone', THROUGH, (_request, reply) => sendPage(reply, phonePage()));
  fastify.get('/phone/phone.css', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/css; charset=utf-8', PHONE_CSS),
  );
  fastify.get('/phone/phone.js', THROUGH, (_request, reply) =>
    sendFile(reply, 'text/javascript; charset=utf-8', PHONE_SCRIPT),
  );
  fastify.get('/phone/messages', THROUGH, async (request) => {
    const query = asked.safeParse(request.query);
    if (!query.success) {
      const [issue] = query.error.issues;
      throw new ProblemException('request/invalid', { field: String(issue?.path[0] ?? 'query') });
    }
    return { items: messages.list(query.data.to, query.data.limit) };
  });
  fastify.get('/phone/stream', THROUGH, (request, reply) => stream.follow(request, reply));
  await addSmsSink(fastify, messages);
  const sink = await openSmtpSink(messages, { host, port: smtpPort, logger });
  return { smtpPort: sink.port, close: () => sink.close() };
}
