import type { OutboxRow } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { Batches } from './batches.ts';
import type { Binding } from './issue.decide.ts';

/** A token to be kept; its secret is known by its hash alone. */
export interface NewExternalToken {
  tokenId: string;
  /** SHA-256, base64url. */
  tokenHash: string;
  keyId: string;
  binding: Binding;
  ttlSeconds: number;
  /** What is told of it. */
  event: OutboxRow;
}

/**
 * One round trip (and one plan a connection): tokens and their events stand or fall together. A set token whose very string is already there
 * for the flow takes the place of that row, unless it has been redeemed.
 */
const ISSUE = `
  WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::int[], $15::smallint[], $16::text[],
      $17::text[], $18::text[])
    AS a (token_id, app_id, token_hash, key_id, user_id, context, flow_id, challenge_id, subject_digest, granted_at,
      amr, acr, category, ttl, shard, topic, headers, body)
  ), kept AS (
    INSERT INTO external_tokens AS t (token_id, app_id, token_hash, key_id, user_id, context, flow_id, challenge_id,
      subject_digest, granted_at, amr, acr, category, outbox_shard, created_at, expires_at)
    SELECT token_id, app_id, token_hash, key_id, user_id, context, flow_id, challenge_id, subject_digest, granted_at,
      amr::text[], acr, category, shard, clock_timestamp(), clock_timestamp() + ttl * interval '1 second'
    FROM asked
    ON CONFLICT (token_hash, app_id, flow_id) DO UPDATE SET
      token_id = excluded.token_id, key_id = excluded.key_id, user_id = excluded.user_id, context = excluded.context,
      challenge_id = excluded.challenge_id, subject_digest = excluded.subject_digest, amr = excluded.amr,
      acr = excluded.acr, category = excluded.category, outbox_shard = excluded.outbox_shard, created_at = excluded.created_at,
      expires_at = excluded.expires_at
      WHERE t.consumed_at IS NULL
    RETURNING token_id
  ), said AS (
    INSERT INTO outbox (shard, topic, key, headers, body)
    SELECT shard, topic, token_id::text, headers::jsonb, convert_to(body, 'UTF8') FROM asked JOIN kept USING (token_id)
  )
  SELECT token_id AS "tokenId" FROM kept`;

@Injectable()
export class ExternalTokenRepository {
  private readonly issuing = new Batches<NewExternalToken, boolean>(
    ({ tokenHash, binding }) => `${tokenHash} ${binding.flowId ?? ''}`,
    (tokens) => this.issueAll(tokens),
  );

  constructor(private readonly database: Database) {}

  /** Keeps the token, with its event; false where this very string was redeemed for this flow before. */
  issue(token: NewExternalToken): Promise<boolean> {
    return this.issuing.add(token);
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

  private async issueAll(tokens: NewExternalToken[]): Promise<boolean[]> {
    const column = <T>(of: (token: NewExternalToken) => T | undefined) =>
      tokens.map((one) => of(one) ?? null);
    const rows = await this.database.query<{ tokenId: string }>(
      ISSUE,
      [
        column(({ tokenId }) => tokenId),
        column(({ binding }) => binding.appId),
        column(({ tokenHash }) => tokenHash),
        column(({ keyId }) => keyId),
        column(({ binding }) => binding.userId),
        column(({ binding }) => binding.context),
        column(({ binding }) => binding.flowId),
        column(({ binding }) => binding.challengeId),
        column(({ binding }) => binding.subjectDigest),
        column(({ binding }) => binding.grantedAt),
        // an array within an array would be flattened: each goes as the text of an array
        column(({ binding }) => `{${binding.amr.map((method) => `"${method}"`).join(',')}}`),
        column(({ binding }) => binding.acr),
        column(({ binding }) => binding.category),
        column(({ ttlSeconds }) => ttlSeconds),
        column(({ event }) => event.shard),
        column(({ event }) => event.topic),
        column(({ event }) => event.headers),
        column(({ event }) => event.body.toString('utf8')),
      ],
      'issue external tokens',
    );
    const kept = new Set(rows.map(({ tokenId }) => tokenId));
    return tokens.map(({ tokenId }) => kept.has(tokenId));
  }
}
