import { PLATFORM_APP, type ServiceName } from '@countersign/contracts';
import { DeadLetters, type DeadLetterScope } from '@countersign/messaging';
import { Vault } from '@countersign/security';
import { Controller, Delete, Get, Post, type Type } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Access } from '../access/access.decorator.ts';
import { Caller, CallerContext } from '../access/caller.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery, type PageQuery } from '../input/pagination.ts';
import { param, query } from '../input/validated.ts';
import { answer } from '../problems/problem-exception.ts';
import { Returns } from '../returns.ts';

const deadLetter = z
  .object({
    id: z.string(),
    topic: z.string(),
    partition: z.int(),
    offset: z.string(),
    type: z.string().optional(),
    reason: z.string(),
    attempts: z.int(),
    at: z.string(),
  })
  .meta({ id: 'DeadLetter' });
const deadLetterId = z.string().min(1).max(100);

/** Whose dead letters a caller sees: its application's; the platform those without a known application. */
const scopeOf = ({ application: { appId } }: CallerContext): DeadLetterScope => ({
  appIds: appId === PLATFORM_APP ? 'nobody' : [appId],
});
const CURSOR = 'dead-letters';

/** The controller of a service's dead letters. Each service answers its own name only. */
export function deadLettersController(service: ServiceName): Type {
  @ApiTags('operations')
  @Controller(`v1/ops/${service}/dead-letters`)
  class DeadLettersController {
    constructor(
      private readonly deadLetters: DeadLetters,
      private readonly vault: Vault,
    ) {}

    @Get()
    @Access.apiKey('ops:read')
    @ApiOperation({ operationId: 'listDeadLetters', summary: 'Events that could not be worked on' })
    @Returns(200, pageOf(deadLetter))
    async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
      const cursor = answer(decodeCursor(this.vault, CURSOR, page.cursor, z.string()));
      const { items, next } = await this.deadLetters.list({ ...scopeOf(caller), limit: page.limit, cursor });
      return { items, ...(next !== undefined && { next: encodeCursor(this.vault, CURSOR, next) }) };
    }

    @Post(':id/replay')
    @Access.apiKey('ops:write')
    @ApiOperation({
      operationId: 'replayDeadLetter',
      summary: 'Work on it again, against the state of today',
    })
    @Returns(204)
    async replay(@Caller() caller: CallerContext, @param('id', deadLetterId) id: string) {
      answer(await this.deadLetters.replay(id, scopeOf(caller)));
    }

    @Delete(':id')
    @Access.apiKey('ops:write')
    @ApiOperation({ operationId: 'discardDeadLetter', summary: 'Give it up' })
    @Returns(204)
    async discard(@Caller() caller: CallerContext, @param('id', deadLetterId) id: string) {
      answer(await this.deadLetters.discard(id, scopeOf(caller)));
    }
  }
  return DeadLettersController;
}
