import { ProblemException } from '@countersign/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PhoneMessages } from './phone-messages.ts';

/** How often a comment keeps a quiet connection open, in milliseconds. */
const HEARTBEAT_MS = 15_000;
const MOST_STREAMS = 100;
/** Held for a reader who is slow, in bytes; beyond that the reader is cut off, and reconnects. */
const MOST_HELD = 1024 * 1024;

/** Sends every new message as a server-sent event (HTML Living Standard §9.2). */
export class PhoneStream {
  private open = 0;

  constructor(
    private readonly messages: PhoneMessages,
    private readonly closing: AbortSignal,
  ) {}

  /** Streams until the reader goes or the gateway closes. Throws `fault/unavailable` where there are too many. */
  follow(request: FastifyRequest, reply: FastifyReply): void {
    if (this.open >= MOST_STREAMS || this.closing.aborted) throw new ProblemException('fault/unavailable');
    const out = reply.raw;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) out.setHeader(name, value);
    out.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    if (request.method === 'HEAD') return void out.end();
    this.open++;
    const heartbeat = setInterval(() => out.write(': still here\n\n'), HEARTBEAT_MS);
    const stop = this.messages.listen((message) => {
      out.write(`id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`);
      if (out.writableLength > MOST_HELD) out.destroy();
    });
    const end = (): void => void out.end();
    this.closing.addEventListener('abort', end, { once: true });
    out.once('close', () => {
      this.open--;
      clearInterval(heartbeat);
      stop();
      this.closing.removeEventListener('abort', end);
    });
    out.write('retry: 1000\n\n');
  }
}
