import { Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream';
import { BODY_LIMIT, KEEP_ALIVE_MS, ProblemException } from '@countersign/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { towardsClient, towardsService } from './forwarded-headers.ts';
import { hasBody, saysItsLength } from './framing.ts';
import { HeldBytes } from './held-bytes.ts';
import { answerWhole } from './whole-answer.ts';
import { ask, askWithHeadOnly, type Question } from './upstream.ts';
import { wholeBody } from './whole-body.ts';

/** Event streams at a time. */
const MOST_STREAMS = 1000;

/** Where a request goes. */
export interface Target {
  base: URL;
  /** By default the path exactly as it came. */
  path?: string;
  /** Its answer may last: it gets a connection of its own, which no other request waits for. */
  lasting?: boolean;
}

/**
 * Hands requests on to services. A connection to a service is taken once the body is there and, for all but streams,
 * left when the answer is: neither a slow sender nor a slow reader holds one.
 */
export class Forwarder {
  private readonly kept = new Agent({
    ...{ keepAlive: true, maxSockets: 512, maxFreeSockets: 64, scheduling: 'lifo' },
    // left before the service would close it, so that no request meets a connection that is closing
    timeout: KEEP_ALIVE_MS / 2,
  });
  private readonly single = new Agent({ keepAlive: false, maxSockets: 64 });
  private readonly lasting = new Agent({ keepAlive: false });
  private readonly held = new HeldBytes();
  private streams = 0;

  constructor(
    private readonly closing: AbortSignal,
    private readonly mostStreams = MOST_STREAMS,
  ) {}

  /**
   * Forwards a request. Throws `request/invalid` for a frame in doubt, `request/too-large`, and `fault/unavailable`
   * where no answer comes; one that breaks off in the middle breaks off for the client too.
   */
  async forward(request: FastifyRequest, reply: FastifyReply, target: Target): Promise<void> {
    const { raw } = request;
    const mayHold = this.holder(request.clientAddress, reply);
    const body = hasBody(raw) ? await wholeBody(raw, mayHold) : undefined;
    if (body === 'gone') throw new ProblemException('request/invalid');
    if (body === 'no-room') throw new ProblemException('fault/unavailable');
    if (body === 'too-large') return this.refuse(request, reply, target, mayHold);
    const agent = target.lasting ? this.lastingAgent(request, reply) : this.kept;
    const answer = await ask(question(request, target, body), agent, reply.raw).catch(() => {
      throw new ProblemException('fault/unavailable');
    });
    this.send(answer, reply, mayHold);
  }

  close(): void {
    for (const agent of [this.kept, this.single, this.lasting]) agent.destroy();
  }

  /**
   * A body over the limit goes nowhere. Its head does, so that credentials are still looked at before it; a service
   * refuses by the length alone. Whatever it says that is no refusal: 413.
   */
  private async refuse(request: FastifyRequest, reply: FastifyReply, target: Target, mayHold: MayHold) {
    const asked = question(request, target, BODY_LIMIT + 1);
    const answer = await askWithHeadOnly(asked, this.single, reply.raw).catch(() => undefined);
    if (answer && (answer.statusCode ?? 0) >= 400) return this.send(answer, reply, mayHold);
    answer?.destroy();
    throw new ProblemException('request/too-large');
  }

  /** For what may last: a connection that nobody else gets, and one of those for streams while there is room. */
  private lastingAgent(request: FastifyRequest, reply: FastifyReply): Agent {
    if (request.method !== 'GET') return this.single;
    if (reply.raw.closed || this.streams >= this.mostStreams) throw new ProblemException('fault/unavailable');
    this.streams++;
    reply.raw.once('close', () => this.streams--);
    return this.lasting;
  }

  /** Holds bytes for a client until its answer is done with. */
  private holder(client: string, reply: FastifyReply): MayHold {
    let mine: number | undefined;
    return (bytes) => {
      if (reply.raw.closed || !this.held.take(client, bytes)) return false;
      if (mine === undefined) reply.raw.once('close', () => this.held.giveBack(client, mine ?? 0));
      mine = (mine ?? 0) + bytes;
      return true;
    };
  }

  private send(answer: IncomingMessage, reply: FastifyReply, mayHold: MayHold): void {
    const headers = towardsClient(answer.headers, reply.getHeaders() as OutgoingHttpHeaders);
    if (this.closing.aborted) headers.connection = 'close';
    reply.hijack();
    const length = Number(answer.headers['content-length'] ?? Infinity);
    if (length <= BODY_LIMIT && mayHold(length)) return answerWhole(answer, reply.raw, headers);
    reply.raw.writeHead(answer.statusCode ?? 502, headers);
    // an event stream may have nothing to say for a while, but it has begun
    reply.raw.flushHeaders();
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream');
    const end = (): void => void answer.destroy();
    if (isStream) this.closing.addEventListener('abort', end, { once: true });
    pipeline(answer, reply.raw, () => this.closing.removeEventListener('abort', end));
  }
}

type MayHold = (bytes: number) => boolean;

/** What the service is asked. `body` is there whole, or a length that is only claimed. */
function question(request: FastifyRequest, target: Target, body: Buffer | number | undefined): Question {
  const { raw, method } = request;
  const client = { address: request.clientAddress, host: raw.headers.host, protocol: 'http' };
  const headers = towardsService(raw.headers, client, request.id, request.traceparent);
  if (saysItsLength(method))
    headers['content-length'] = typeof body === 'number' ? body : (body?.length ?? 0);
  return {
    ...{ base: target.base, method, path: target.path ?? request.originalUrl, headers },
    body: typeof body === 'number' ? undefined : body,
  };
}
