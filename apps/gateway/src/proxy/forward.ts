import { Agent, type IncomingMessage, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream';
import { ProblemException } from '@countersign/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { towardsClient, towardsService } from './forwarded-headers.ts';
import { hasBody, LimitedBody } from './limited-body.ts';

/** How long a service may take to begin its answer, in milliseconds. */
const ANSWER_MS = 15_000;

/** Hands requests on to services over kept connections, bodies and answers as streams. */
export class Forwarder {
  private readonly agent = new Agent({
    keepAlive: true,
    maxSockets: 512,
    maxFreeSockets: 64,
    scheduling: 'lifo',
  });

  constructor(private readonly closing: AbortSignal) {}

  /**
   * Forwards a request to `base`, by default with its path exactly as it came. Throws `fault/unavailable` where no
   * answer comes; one that breaks off in the middle breaks off for the client too.
   */
  async forward(request: FastifyRequest, reply: FastifyReply, base: URL, path?: string): Promise<void> {
    const { raw } = request;
    const client = { address: request.clientAddress, host: raw.headers.host, protocol: 'http' };
    const headers = towardsService(raw.headers, client, request.id, request.traceparent);
    const body = hasBody(raw) ? new LimitedBody(raw) : undefined;
    const target = path ?? request.originalUrl;
    let answer: IncomingMessage;
    try {
      answer = await this.ask(base, target, request, reply, headers, body);
    } catch {
      body?.abandon();
      throw new ProblemException('fault/unavailable');
    }
    this.send(answer, reply, raw.complete);
    body?.abandon();
  }

  close(): void {
    this.agent.destroy();
  }

  private async ask(
    base: URL,
    path: string,
    request: FastifyRequest,
    reply: FastifyReply,
    headers: OutgoingHttpHeaders,
    body: LimitedBody | undefined,
  ): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      const upstream = httpRequest({
        ...{ host: base.hostname, port: base.port || 80, method: request.method, path, headers },
        agent: this.agent,
        setHost: false,
      });
      upstream.setTimeout(ANSWER_MS, () => upstream.destroy(new Error('timeout')));
      upstream.once('response', (answer) => {
        upstream.setTimeout(0);
        resolve(answer);
      });
      upstream.on('error', reject);
      reply.raw.once('close', () => upstream.destroy());
      if (body) {
        upstream.on('close', () => body.abandon());
        body.stream.pipe(upstream);
      } else upstream.end();
      try {
        return await promise;
      } catch (error) {
        // a kept connection that the service closed at this very moment
        const stale = upstream.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (!stale || body || attempt > 1 || reply.raw.destroyed) throw error;
      }
    }
  }

  private send(answer: IncomingMessage, reply: FastifyReply, requestComplete: boolean): void {
    const headers = towardsClient(answer.headers, reply.getHeaders() as OutgoingHttpHeaders);
    if (!requestComplete || this.closing.aborted) headers.connection = 'close';
    reply.hijack();
    reply.raw.writeHead(answer.statusCode ?? 502, headers);
    // an event stream may have nothing to say for a while, but it has begun
    reply.raw.flushHeaders();
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream');
    const end = (): void => void answer.destroy();
    if (isStream) this.closing.addEventListener('abort', end, { once: true });
    pipeline(answer, reply.raw, () => this.closing.removeEventListener('abort', end));
  }
}
