import type { Application, VerifiedToken } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { CarriedProofs } from './carried-proofs.repository.ts';
import { OtpCodes } from './otp-codes.ts';

/** How long a code for another device is good, in seconds. */
const TTL_SECONDS = 300;

/** Codes that a user who is signed in shows to themselves, and types on another device (`POST /auth/otp`). */
@Injectable()
export class DeviceCodes {
  constructor(
    private readonly database: Database,
    private readonly carried: CarriedProofs,
    private readonly codes: OtpCodes,
  ) {}

  /**
   * Makes a code that carries what the login behind `token` showed: typed elsewhere, it satisfies what that login would,
   * and never more (ASVS 7.2.4). A grant of an API key is no login and makes none.
   */
  async make(
    { appId, settings }: Application,
    { kind, userId, flowId, jti }: VerifiedToken,
  ): Promise<Decision<{ code: string; expiresAt: string }>> {
    const proofs = kind === 'access' && flowId ? await this.carried.of(appId, userId, flowId) : [];
    if (proofs.length === 0)
      return refuse('access/forbidden', { detail: 'needs the access token of a login' });
    const { code, expiresAt } = await this.codes.make(this.database, {
      ...{ purpose: `device:${userId}`, appId, userId, contactId: null },
      ...{ length: settings.otp.email.length, ttlSeconds: TTL_SECONDS, carries: { login: { jti, proofs } } },
    });
    return accept({ code, expiresAt: expiresAt.toISOString() });
  }
}
