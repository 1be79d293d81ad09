import type { EventData, EventType } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DirectoryErasure } from './directory-erasure.service.ts';
import { UserTraces } from './user-traces.ts';

@Controller()
export class DirectoryConsumer {
  constructor(
    private readonly erasure: DirectoryErasure,
    private readonly traces: UserTraces,
  ) {}

  @EventPattern<EventType>('mfa.user.deleted.v1')
  async deleted(
    @Payload() data: EventData<'mfa.user.deleted.v1'>,
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.erasure.erase(context.tx, context.appId, data.userId);
  }

  /** A factor was removed, or all were reset: what stands on it ends (SES-06); a late delivery ends nothing newer. */
  @EventPattern<EventType>('mfa.user.signed-out.v1')
  async signedOut(
    @Payload() { userId, before }: EventData<'mfa.user.signed-out.v1'>,
    @Ctx() { tx, appId }: EventContext,
  ): Promise<void> {
    await this.traces.end(tx, appId, userId, { before: new Date(before) });
  }
}
