import { usernameKey, usernameSchema } from '@countersign/contracts';
import type { IdempotentRequest } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  decodeCursor,
  encodeCursor,
  Idempotent,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { resourceId } from '../resource-id.ts';
import { ChallengeReader } from './challenge-reader.service.ts';
import {
  challengeList,
  challengeRequest,
  challengeView,
  createdChallengeView,
  ticketView,
  type ChallengeRequest,
} from './challenge.schemas.ts';
import { ChallengeService } from './challenge.service.ts';
import { CHALLENGE_STATUSES } from './challenge.types.ts';

const listQuery = z.strictObject({
  ...pageQuery.shape,
  username: usernameSchema.optional(),
  status: z.enum(CHALLENGE_STATUSES).optional(),
});
const position = z.object({ createdAt: z.string(), id: z.uuid() });

/** Challenges: flows somebody demanded. */
@ApiTags('Challenges')
@Controller('v1/challenges')
export class ChallengeController {
  constructor(
    private readonly challenges: ChallengeService,
    private readonly reader: ChallengeReader,
    private readonly vault: Vault,
  ) {}

  @Post()
  @Access.apiKey('challenge:write')
  @ApiOperation({ operationId: 'createChallenge', summary: 'Demand MFA for transactions' })
  @Returns(201, createdChallengeView)
  async create(
    @Caller() { application }: CallerContext,
    @body(challengeRequest) request: ChallengeRequest,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.challenges.create(application, request, idempotent));
  }

  @Get()
  @Access.apiKey('challenge:read')
  @ApiOperation({ operationId: 'listChallenges', summary: 'Challenges, the latest first' })
  @Returns(200, challengeList)
  async list(
    @Caller() { application: { appId } }: CallerContext,
    @query(listQuery) { username, status, limit, cursor }: z.output<typeof listQuery>,
  ) {
    const before = answer(decodeCursor(this.vault, `challenges:${appId}`, cursor, position));
    const items = await this.reader.list({
      appId,
      limit: limit + 1,
      ...(before && { before }),
      ...(username !== undefined && { usernameKey: usernameKey(username) }),
      ...(status && { statuses: [status] }),
    });
    const last = items.length > limit ? items[limit - 1] : undefined;
    const next =
      last && encodeCursor(this.vault, `challenges:${appId}`, { createdAt: last.createdAt, id: last.id });
    return { items: items.slice(0, limit), next };
  }

  @Get(':id')
  @Access.apiKey('challenge:read')
  @ApiOperation({ operationId: 'showChallenge', summary: 'One challenge' })
  @Returns(200, challengeView)
  async show(@Caller() { application }: CallerContext, @param('id', resourceId) id: string) {
    return answer(await this.reader.show(application.appId, id));
  }

  @Post(':id/tickets')
  @Access.apiKey('challenge:write')
  @ApiOperation({
    operationId: 'issueBeginTicket',
    summary: 'A single-use ticket with which the user’s page begins',
  })
  @Returns(201, ticketView)
  async ticket(
    @Caller() { application }: CallerContext,
    @param('id', resourceId) id: string,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.challenges.issueTicket(application.appId, id, idempotent));
  }

  @Post(':id/cancel')
  @Access.apiKey('challenge:write')
  @ApiOperation({ operationId: 'cancelChallenge', summary: 'Withdraw a challenge' })
  @Returns(200, challengeView)
  async cancel(
    @Caller() { application }: CallerContext,
    @param('id', resourceId) id: string,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.challenges.cancel(application.appId, id, idempotent));
  }
}
