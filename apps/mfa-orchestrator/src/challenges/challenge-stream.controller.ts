import { Access, Caller, CallerContext, Platform, ProblemException } from '@countersign/service-kit';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ChallengeStream, isStreamId, type StreamStart } from './challenge-stream.repository.ts';

/** How often the database is asked for more, in milliseconds. */
const POLL_MS = 250;
/** How often the key is asked about again: a revoked one must not listen on. */
const RECHECK_MS = 250;
/** How often a comment keeps the connection open, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** How long a reader that takes nothing is waited for, in milliseconds. */
const PATIENCE_MS = 30_000;
/** Streams of one application on this instance. */
const MOST_STREAMS = 50;

/** Server-sent events of an application's challenges (HTML Living Standard §9.2), resumable with Last-Event-ID. */
@ApiTags('Challenges')
@Controller('v1/challenges')
export class ChallengeStreamController {
  private readonly open = new Map<string, number>();

  constructor(
    private readonly stream: ChallengeStream,
    private readonly platform: Platform,
  ) {}

  @Get('stream')
  @Access.apiKey('challenge:read')
  @ApiProduces('text/event-stream')
  @ApiOperation({ operationId: 'streamChallenges', summary: 'Challenges as they open and end' })
  async follow(
    @Caller() caller: CallerContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { appId } = caller.application;
    const from = request.headers['last-event-id'];
    if (from !== undefined && (typeof from !== 'string' || !isStreamId(from))) {
      throw new ProblemException('request/invalid', {
        field: 'Last-Event-ID',
        detail: 'is not an id of this stream',
      });
    }
    if ((this.open.get(appId) ?? 0) >= MOST_STREAMS) throw new ProblemException('access/too-many-requests');
    const start = from === undefined ? await this.stream.head() : { id: from, seen: null };
    this.count(appId, 1);
    try {
      await this.send(caller, start, request, reply);
    } finally {
      this.count(appId, -1);
    }
  }

  private count(appId: string, by: number): void {
    const now = (this.open.get(appId) ?? 0) + by;
    if (now > 0) this.open.set(appId, now);
    else this.open.delete(appId);
  }

  private async send(
    caller: CallerContext,
    start: StreamStart,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    reply.raw.once('close', () => gone.abort());
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    if (request.method !== 'HEAD') {
      const ended = AbortSignal.any([gone.signal, this.platform.closing.signal]);
      await this.pump(caller, start, reply.raw, ended).catch(() => undefined);
    }
    reply.raw.end();
  }

  /** Sends what comes until the reader is gone, the service closes, or the key is no longer good; throws then, too. */
  private async pump(caller: CallerContext, start: StreamStart, out: ServerResponse, ended: AbortSignal) {
    const { appId } = caller.application;
    let last = start.id;
    let checkedAt = performance.now();
    let spokeAt = checkedAt;
    await write(out, 'retry: 1000\n\n', ended);
    while (!ended.aborted) {
      if (performance.now() - checkedAt >= RECHECK_MS) {
        if (!(await caller.stillValid())) return;
        checkedAt = performance.now();
      }
      const events = await this.stream.after(appId, start, last);
      for (const { id, type, challenge } of events) {
        await write(out, `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(challenge)}\n\n`, ended);
        last = id;
      }
      if (events.length > 0) spokeAt = performance.now();
      else if (performance.now() - spokeAt >= HEARTBEAT_MS) {
        await write(out, ': still here\n\n', ended);
        spokeAt = performance.now();
      }
      if (events.length === 0) await delay(POLL_MS, undefined, { signal: ended });
    }
  }
}

/** Writes, and waits for a reader who is slow; one who takes nothing at all is given up (throws). */
async function write(out: ServerResponse, text: string, ended: AbortSignal): Promise<void> {
  if (out.write(text)) return;
  await once(out, 'drain', { signal: AbortSignal.any([ended, AbortSignal.timeout(PATIENCE_MS)]) });
}
