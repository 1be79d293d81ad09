import type { EventData, EventType } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DirectoryErasure } from './directory-erasure.service.ts';

@Controller()
export class DirectoryConsumer {
  constructor(private readonly erasure: DirectoryErasure) {}

  @EventPattern<EventType>('mfa.user.deleted.v1')
  async deleted(
    @Payload() data: EventData<'mfa.user.deleted.v1'>,
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.erasure.erase(context.tx, context.appId, data.userId);
  }
}
