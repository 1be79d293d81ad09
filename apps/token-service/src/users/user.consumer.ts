import type { EventData } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ExternalTokenRepository } from '../external-tokens/external-token.repository.ts';
import { IssuedTokenRepository } from '../tokens/issued-token.repository.ts';

/** Forgets users: deletion reaches every service. */
@Controller()
export class UserConsumer {
  constructor(
    private readonly externalTokens: ExternalTokenRepository,
    private readonly issuedTokens: IssuedTokenRepository,
  ) {}

  /** What was vouched for a deleted user and what was issued to them goes; their access tokens verify no more. */
  @EventPattern('mfa.user.deleted.v1')
  async forget(
    @Payload() { userId }: EventData<'mfa.user.deleted.v1'>,
    @Ctx() context: unknown,
  ): Promise<void> {
    const { tx, appId } = context as EventContext;
    await this.externalTokens.forgetUser(tx, appId, userId);
    await this.issuedTokens.forgetUser(tx, appId, userId);
  }
}
