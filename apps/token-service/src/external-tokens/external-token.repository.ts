import type { OutboxRow } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Binding } from './issue.decide.ts';

/** A token to be kept; its secret is known by its hash alone. */
export interface NewExternalToken {
  tokenId: string;
  /** SHA-256, base64url. */
  tokenHash: string;
  keyId: string;
  binding: Binding;
  ttlSeconds: number;
}

/**
 * One round trip: the token and its event stand or fall together. A set token whose very string is already there
 * for the flow takes the place of that row, unless it has been redeemed.
 */
const ISSUE = `
  WITH kept AS (
    INSERT INTO external_tokens AS t (token_id, app_id, token_hash, key_id, user_id, context, flow_id, challenge_id,
      subject_digest, granted_at, amr, acr, outbox_shard, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, clock_timestamp(),
      clock_timestamp() + $13 * interval '1 second')
    ON CONFLICT (token_hash, app_id, flow_id) DO UPDATE SET
      token_id = excluded.token_id, key_id = excluded.key_id, user_id = excluded.user_id, context = excluded.context,
      challenge_id = excluded.challenge_id, subject_digest = excluded.subject_digest, amr = excluded.amr,
      acr = excluded.acr, outbox_shard = excluded.outbox_shard, created_at = excluded.created_at,
      expires_at = excluded.expires_at
      WHERE t.consumed_at IS NULL
    RETURNING token_id
  ), said AS (
    INSERT INTO outbox (shard, topic, key, headers, body) SELECT $14, $15, $16, $17::jsonb, $18 FROM kept
  )
  SELECT token_id FROM kept`;

@Injectable()
export class ExternalTokenRepository {
  constructor(private readonly database: Database) {}

  /** Keeps the token, with its event; false where this very string was redeemed for this flow before. */
  async issue({ binding, ...token }: NewExternalToken, event: OutboxRow): Promise<boolean> {
    const rows = await this.database.query(ISSUE, [
      token.tokenId,
      binding.appId,
      token.tokenHash,
      token.keyId,
      binding.userId,
      binding.context,
      binding.flowId ?? null,
      binding.challengeId ?? null,
      binding.subjectDigest ?? null,
      binding.grantedAt ?? null,
      binding.amr,
      binding.acr,
      token.ttlSeconds,
      event.shard,
      event.topic,
      event.key,
      event.headers,
      event.body,
    ]);
    return rows.length === 1;
  }

  /** Forgets a deleted user's tokens. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM external_tokens WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  /** Deletes up to 1000 tokens that ended more than a day ago; answers how many. */
  async purge(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM external_tokens WHERE token_id IN (SELECT token_id FROM external_tokens
         WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT 1000) RETURNING 1 AS one`,
    );
    return gone.length;
  }
}
