import type { FastifyReply } from 'fastify';

/** Nothing but our own style sheet and forms to ourselves; no script. */
const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Answers a page of the demo, which nobody keeps. */
export const sendDemoPage = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-store')
    .send(text);
