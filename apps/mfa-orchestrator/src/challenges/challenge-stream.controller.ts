import { Access, Caller, CallerContext, Platform, ProblemException } from '@countersign/service-kit';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { ChallengeStream, isStreamId } from './challenge-stream.repository.ts';

/** How often the database is asked for more, in milliseconds. */
const POLL_MS = 250;
/** How often a comment keeps the connection open, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** Server-sent events of an application's challenges (HTML Living Standard §9.2), resumable with Last-Event-ID. */
@ApiTags('Challenges')
@Controller('v1/challenges')
export class ChallengeStreamController {
  constructor(
    private readonly stream: ChallengeStream,
    private readonly platform: Platform,
  ) {}

  @Get('stream')
  @Access.apiKey('challenge:read')
  @ApiProduces('text/event-stream')
  @ApiOperation({ operationId: 'streamChallenges', summary: 'Challenges as they open and end' })
  async follow(
    @Caller() { application: { appId } }: CallerContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = request.headers['last-event-id'];
    if (from !== undefined && (typeof from !== 'string' || !isStreamId(from))) {
      throw new ProblemException('request/invalid', {
        field: 'Last-Event-ID',
        detail: 'is not an id of this stream',
      });
    }
    const start = from ?? (await this.stream.head());
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
    reply.raw.write('retry: 1000\n\n');
    await this.pump(appId, start, reply, AbortSignal.any([gone.signal, this.platform.closing.signal]));
    reply.raw.end();
  }

  private async pump(appId: string, start: string, reply: FastifyReply, ended: AbortSignal): Promise<void> {
    let last = start;
    let quietMs = 0;
    while (!ended.aborted) {
      const events = await this.stream.after(appId, last).catch(() => []);
      for (const event of events) {
        reply.raw.write(
          `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.challenge)}\n\n`,
        );
        last = event.id;
      }
      quietMs = events.length > 0 ? 0 : quietMs + POLL_MS;
      if (quietMs >= HEARTBEAT_MS) {
        reply.raw.write(': still here\n\n');
        quietMs = 0;
      }
      if (events.length === 0) await delay(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }
}
