import { randomBytes } from 'node:crypto';
import { answerOf, type SmsProblem } from './twilio-answers.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { THROUGH } from '../proxy/proxy.routes.ts';
import type { PhoneMessages } from './phone-messages.ts';

const FORM = 'application/x-www-form-urlencoded';
const LARGEST_FORM = 64 * 1024;
/** Of a message, in characters: Twilio's own limit. */
const LONGEST_BODY = 1_600;

/** What is right with a form, or Twilio's number and words for what is not. */
function problemOf(to: string, from: string, body: string): SmsProblem | undefined {
  if (to === '') return { code: 21604, message: "A 'To' phone number is required." };
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return { code: 21211, message: "Invalid 'To' Phone Number" };
  if (from === '') return { code: 21603, message: "A 'From' phone number is required." };
  if (body === '') return { code: 21602, message: 'Message body is required.' };
  if (body.length > LONGEST_BODY)
    return { code: 21617, message: 'The concatenated message body exceeds the 1600 character limit.' };
  return undefined;
}

/** The one route of Twilio's API (2010-04-01) that sends messages. Any account and token will do. */
export async function addSmsSink(fastify: FastifyInstance, messages: PhoneMessages): Promise<void> {
  await fastify.register(async (scope) => {
    // the only place of the gateway that reads forms
    scope.removeContentTypeParser(FORM);
    scope.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: LARGEST_FORM }, (_request, text, done) =>
      done(null, new URLSearchParams(text as string)),
    );
    scope.post<{ Params: { sid: string } }>(
      '/phone/sms/2010-04-01/Accounts/:sid/Messages.json',
      THROUGH,
      (request, reply) => take(request, reply, messages),
    );
  });
}

function take(
  request: FastifyRequest<{ Params: { sid: string } }>,
  reply: FastifyReply,
  messages: PhoneMessages,
): FastifyReply {
  const { sid } = request.params;
  if (accountIn(request.headers.authorization) !== sid)
    return reply.code(401).send({ code: 20003, message: 'Authenticate', more_info: '', status: 401 });
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  const read = (name: string): string => form.get(name) ?? '';
  const [to, body] = [read('To'), read('Body')];
  const from = read('From') || read('MessagingServiceSid');
  const problem = problemOf(to, from, body);
  if (problem) return reply.code(400).send({ ...problem, more_info: '', status: 400 });
  const { at } = messages.add({ channel: 'sms', from, to, text: body });
  const id = `SM${randomBytes(16).toString('hex')}`;
  return reply.code(201).send(answerOf({ id, sid, from, to, body, at: new Date(at) }));
}

/** The account in a Basic header, if there is a token with it. */
function accountIn(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '') ?? [];
  const [, account] = /^([^:]+):./s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return account;
}
