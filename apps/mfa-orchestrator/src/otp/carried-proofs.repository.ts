import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { CarriedProof } from './otp.types.ts';

/** What a login showed, for a code that carries it to another device. */
@Injectable()
export class CarriedProofs {
  constructor(private readonly database: Database) {}

  /** The factors shown in a completed login flow of this user; none where there is no such flow. */
  async of(appId: string, userId: string, flowId: string): Promise<CarriedProof[]> {
    return this.database.query<CarriedProof>(
      `SELECT p.factor, p.reference, p.acr, p.amr, p.categories,
         coalesce(p.authenticated_at, p.shown_at) AS "authenticatedAt"
       FROM proofs p JOIN flows f ON f.id = p.flow_id
       WHERE f.id = $1 AND f.app_id = $2 AND f.user_id = $3 AND f.context = 'login'
         AND f.status IN ('completing', 'completed') AND p.factor NOT LIKE '%:enrol' AND p.factor <> 'passkey:reg'
       ORDER BY p.shown_at`,
      [flowId, appId, userId],
    );
  }

  /** Whether the user still has every authenticator among `references` that is one of ours. */
  async areThere(tx: Tx, userId: string, references: string[]): Promise<boolean> {
    const row = await tx.one<{ gone: boolean }>(
      `SELECT coalesce(bool_or(
           (r LIKE 'passkey:%' AND NOT EXISTS (
             SELECT 1 FROM passkeys WHERE user_id = $1 AND 'passkey:' || id = r AND NOT suspect))
           OR (r LIKE 'contact:%' AND NOT EXISTS (
             SELECT 1 FROM contacts WHERE user_id = $1 AND 'contact:' || id = r AND verified_at IS NOT NULL))
           OR (r LIKE 'totp:%' AND NOT EXISTS (
             SELECT 1 FROM totp_secrets WHERE user_id = $1 AND 'totp:' || id = r AND confirmed_at IS NOT NULL))
         ), true) AS gone FROM unnest($2::text[]) r`,
      [userId, references],
    );
    return row?.gone === false;
  }
}
