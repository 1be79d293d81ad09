import type { Application, VerifiedToken } from '@countersign/contracts';
import { accept, type Clock, type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { AccessTokenGateway } from '../flows/access-token.gateway.ts';
import { isFresh } from '../flows/assurance.decide.ts';
import { STALE_LOGIN } from '../users/user.events.ts';
import { CarriedProofs } from './carried-proofs.repository.ts';
import { OtpCodes } from './otp-codes.ts';
import type { CarriedLogin, CodeBinding } from './otp.types.ts';

/** How long a code for another device is good, in seconds, unless the token that made it ends before. */
const TTL_SECONDS = 300;

const sealContext = (purpose: string): string => `otp-code:${purpose}`;

/** Codes that a user who is signed in shows to themselves, and types on another device (`POST /auth/otp`). */
@Injectable()
export class DeviceCodes {
  constructor(
    private readonly database: Database,
    private readonly carried: CarriedProofs,
    private readonly codes: OtpCodes,
    private readonly accessTokens: AccessTokenGateway,
    private readonly vault: Vault,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * Makes a code that carries what the login behind `token` showed: typed elsewhere, it satisfies what that login would,
   * and never more (ASVS 7.2.4). A grant of an API key is no login and makes none. The login is a recent one: what a
   * code led to keeps the time of the first login, so that codes of codes end. `credential` is the token as it came.
   */
  async make(
    { appId, settings }: Application,
    { kind, userId, flowId, jti, authTime, exp }: VerifiedToken,
    credential: string,
  ): Promise<Decision<{ code: string; expiresAt: string }>> {
    const proofs = kind === 'access' && flowId ? await this.carried.of(appId, userId, flowId) : [];
    if (proofs.length === 0)
      return refuse('access/forbidden', { detail: 'needs the access token of a login' });
    const now = this.clock.now();
    if (!isFresh(authTime, now)) return refuse('mfa/factor-too-weak', { detail: STALE_LOGIN });
    const purpose = `device:${userId}`;
    const login = { jti, token: this.vault.seal(credential, sealContext(purpose)), proofs };
    const left = exp - Math.floor(now.getTime() / 1000);
    const { code, expiresAt } = await this.codes.make(this.database, {
      ...{ purpose, appId, userId, contactId: null, carries: { login } },
      ...{ length: settings.otp.email.length, ttlSeconds: Math.max(1, Math.min(TTL_SECONDS, left)) },
    });
    return accept({ code, expiresAt: expiresAt.toISOString() });
  }

  /**
   * Whether the token that made a code holds now: a code is worth nothing after a logout, a revocation or its token's
   * end (SES-06). Call it outside of transactions. Throws ServiceUnavailable where nobody can know.
   */
  async stillHolds({ purpose, appId, userId }: CodeBinding, { jti, token }: CarriedLogin): Promise<boolean> {
    const found = await this.accessTokens.verify(appId, this.vault.open(token, sealContext(purpose)));
    return found?.kind === 'access' && found.userId === userId && found.jti === jti;
  }
}
