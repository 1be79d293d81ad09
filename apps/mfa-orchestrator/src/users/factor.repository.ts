import { Injectable } from '@nestjs/common';
import type { Database, Tx } from '@countersign/persistence';
import { FACTOR_LOCK, FACTOR_LOCK_HARD } from '../flows/factor-locks.ts';
import type { FlowIdentity } from '../flows/flow.events.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { referencePrefix } from './factor-proof.decide.ts';

/** A factor that is no address, as far as a list shows it. */
export interface FactorRow {
  kind: 'passkey' | 'totp' | 'recovery';
  id: string;
  /** A passkey's; of recovery codes, how many are left. */
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  suspect: boolean;
}

/** What a user has of every kind of factor, for lists, locks and for taking it all away. */
@Injectable()
export class FactorRepository {
  /** Passkeys, authenticator app and recovery codes; addresses are the contacts'. */
  async of(db: Tx | Database, userId: string): Promise<FactorRow[]> {
    return db.query(
      `SELECT 'passkey' AS kind, id, name, created_at AS "createdAt", last_used_at AS "lastUsedAt", suspect
       FROM passkeys WHERE user_id = $1
       UNION ALL
       SELECT 'totp', id, '', confirmed_at, greatest(confirmed_at, to_timestamp(last_step * 30)), false
       FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NOT NULL
       UNION ALL
       SELECT 'recovery', set_id, count(*) FILTER (WHERE consumed_at IS NULL)::text, min(confirmed_at),
         max(consumed_at), false
       FROM recovery_codes WHERE user_id = $1 AND confirmed_at IS NOT NULL GROUP BY set_id
       ORDER BY "createdAt", id`,
      [userId],
    );
  }

  /** Factors that take no guesses now; without `until` they do not unlock by themselves. */
  async locked(db: Tx | Database, userId: string): Promise<{ factor: string; until: Date | null }[]> {
    return db.query(
      `SELECT substr(scope, length($2::text) + 1) AS factor, expires_at AS until FROM attempts
       WHERE key = $1 AND expires_at > clock_timestamp() AND scope LIKE $2::text || '%' AND count >= $3
       UNION ALL
       SELECT substr(scope, length($4::text) + 1), NULL FROM attempts
       WHERE key = $1 AND expires_at > clock_timestamp() AND scope LIKE $4::text || '%' AND count >= $5`,
      [userId, FACTOR_LOCK.scope, FACTOR_LOCK.limit, FACTOR_LOCK_HARD.scope, FACTOR_LOCK_HARD.limit],
    );
  }

  /**
   * Ends the user's flows in which a factor was shown or enrolled that is gone now: what was proved by it counts no
   * more (SES-06). Recovery codes count as one, whichever of them was shown. Not the flow `except`, which replaced it.
   */
  async endFlowsShowing(
    tx: Tx,
    userId: string,
    { kind, id, except }: { kind: OwnFactor; id: string; except?: string },
  ): Promise<FlowIdentity[]> {
    return tx.query(
      `UPDATE flows f SET status = 'abandoned'
       WHERE f.user_id = $1 AND f.status IN ('open', 'completing') AND f.id IS DISTINCT FROM $4::uuid AND EXISTS (
         SELECT 1 FROM proofs p WHERE p.flow_id = f.id AND
           (p.reference = $2::text || ':' || $3::text OR p.reference = $2::text || ':enrol:' || $3::text
             OR ($2::text = 'recovery' AND p.factor = 'recovery')))
       RETURNING f.id, f.app_id AS "appId", f.user_id AS "userId", f.context, f.challenge_id AS "challengeId"`,
      [userId, referencePrefix(kind), id, except ?? null],
    );
  }

  /** Removes every factor of the user and every code on its way to them; answers the factors that were good. */
  async removeAll(tx: Tx, userId: string): Promise<{ kind: string; id: string }[]> {
    return tx.query(
      `WITH passkey AS (DELETE FROM passkeys WHERE user_id = $1 RETURNING id),
       totp AS (DELETE FROM totp_secrets WHERE user_id = $1 RETURNING id, confirmed_at),
       recovery AS (DELETE FROM recovery_codes WHERE user_id = $1 RETURNING set_id, confirmed_at),
       contact AS (DELETE FROM contacts WHERE user_id = $1 RETURNING id, channel, verified_at),
       sent AS (DELETE FROM otp_codes WHERE user_id = $1)
       SELECT 'passkey' AS kind, id FROM passkey
       UNION ALL SELECT 'totp', id FROM totp WHERE confirmed_at IS NOT NULL
       UNION SELECT 'recovery', set_id FROM recovery WHERE confirmed_at IS NOT NULL
       UNION ALL SELECT 'otp:' || channel, id FROM contact WHERE verified_at IS NOT NULL`,
      [userId],
    );
  }
}
