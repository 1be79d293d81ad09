import type { EventData } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { TokenStates } from '../access-tokens/token-states.repository.ts';
import { ExternalTokenRepository } from '../external-tokens/external-token.repository.ts';
import { GrantTokenRepository } from '../grant-tokens/grant-token.repository.ts';
import { familyOf } from '../tokens/claims.decide.ts';
import { IssuedTokenRepository } from '../tokens/issued-token.repository.ts';

/** Forgets users and ends their logins: what happens to a user reaches every service. */
@Controller()
export class UserConsumer {
  constructor(
    private readonly externalTokens: ExternalTokenRepository,
    private readonly issuedTokens: IssuedTokenRepository,
    private readonly grantTokens: GrantTokenRepository,
    private readonly states: TokenStates,
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
    await this.grantTokens.forgetUser(tx, appId, userId);
    tx.onCommit(() => this.states.forget());
  }

  /** Ends the logins of a user that began until then (SES-06); a late delivery ends none that began since. */
  @EventPattern('mfa.user.signed-out.v1')
  async signOut(
    @Payload() { userId, before, exceptJti }: EventData<'mfa.user.signed-out.v1'>,
    @Ctx() context: unknown,
  ): Promise<void> {
    const { tx, appId } = context as EventContext;
    const exceptFamily = familyOf(exceptJti)?.family;
    await this.issuedTokens.revokeUser(tx, { appId, userId, before, exceptFamily });
    tx.onCommit(() => this.states.forget());
  }
}
