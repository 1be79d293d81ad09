import type { RedeemRequest, RedeemedToken } from '@countersign/contracts';
import type { OutboxRow } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ALIVE } from '../api-keys/api-key.repository.ts';
import type { StoredToken } from './refusal.decide.ts';

/** What stands in the prepared event for what only the row knows. No value of ours looks like them. */
export const UNKNOWN_TOKEN_ID = '{{token-id}}';
export const UNKNOWN_KEY_ID = '{{key-id}}';

/** Which row a presented token means: the one set for that very flow, else the one that names no flow. */
const MEANT = `SELECT token_id FROM external_tokens WHERE token_hash = $1 AND app_id = $2
  AND (flow_id = $3 OR flow_id IS NULL) ORDER BY flow_id NULLS LAST LIMIT 1`;

/** Its flow had begun when it was granted; a token that names its flow or challenge needs no such window. */
const HAD_BEGUN = `(t.flow_id IS NOT NULL OR t.challenge_id IS NOT NULL OR $6::timestamptz <= t.granted_at)`;

const KEY_ALIVE = `EXISTS (SELECT 1 FROM api_keys k WHERE k.key_id = t.key_id AND ${ALIVE('k')})`;

/** A later token of the same flow has taken its place (one token a flow, security 19). */
const REPLACED = `EXISTS (SELECT 1 FROM external_tokens n WHERE n.app_id = t.app_id AND n.flow_id = t.flow_id
  AND (n.created_at, n.token_id) > (t.created_at, t.token_id))`;

/**
 * Invariants 1 and 2 in one statement: every binding is compared, of all attempts one gets the row, the database's
 * clock decides expiry, and a repeat of that attempt gets the same row again. The event goes with the first.
 */
const REDEEM = `
  WITH redeemed AS (
    UPDATE external_tokens t
    SET consumed_at = coalesce(consumed_at, clock_timestamp()), consumed_by = $9, redemptions = redemptions + 1
    WHERE token_id = (${MEANT})
      AND t.user_id = $4 AND t.context = $5 AND ${HAD_BEGUN}
      AND t.challenge_id IS NOT DISTINCT FROM $7 AND t.subject_digest IS NOT DISTINCT FROM $8
      AND (t.consumed_by = $9
        OR (t.consumed_at IS NULL AND t.expires_at > clock_timestamp() AND ${KEY_ALIVE} AND NOT ${REPLACED}))
    RETURNING t.token_id, t.key_id, t.amr, t.acr, t.outbox_shard, t.redemptions
  ), said AS (
    INSERT INTO outbox (shard, topic, key, headers, body)
    SELECT outbox_shard, $10, token_id::text, $11::jsonb,
      convert_to(replace(replace($12, '${UNKNOWN_TOKEN_ID}', token_id::text), '${UNKNOWN_KEY_ID}', key_id), 'UTF8')
    FROM redeemed WHERE redemptions = 1
  )
  SELECT token_id AS "tokenId", key_id AS "keyId", amr, acr FROM redeemed`;

const DESCRIBE = `
  SELECT app_id AS "appId", user_id AS "userId", context, flow_id AS "flowId", challenge_id AS "challengeId",
    subject_digest AS "subjectDigest", expires_at <= clock_timestamp() AS expired, consumed_at IS NOT NULL AS consumed,
    (t.flow_id IS NOT NULL OR t.challenge_id IS NOT NULL OR $4::timestamptz <= t.granted_at) AS "flowHadBegun",
    ${KEY_ALIVE} AS "keyAlive", ${REPLACED} AS replaced
  FROM external_tokens t WHERE token_hash = $1
  ORDER BY (app_id = $2) DESC, (flow_id IS NOT DISTINCT FROM $3) DESC, flow_id NULLS FIRST LIMIT 1`;

@Injectable()
export class RedemptionRepository {
  constructor(private readonly database: Database) {}

  /** Redeems, with the event `said`; undefined means refused, and does not say why. */
  async redeem(
    tokenHash: string,
    request: RedeemRequest,
    said: OutboxRow,
  ): Promise<RedeemedToken | undefined> {
    const rows = await this.database.query<RedeemedToken>(REDEEM, [
      tokenHash,
      request.appId,
      request.flowId,
      request.userId,
      request.context,
      request.flowStartedAt,
      request.challengeId ?? null,
      request.subjectDigest ?? null,
      request.attempt,
      said.topic,
      said.headers,
      said.body.toString('utf8'),
    ]);
    return rows[0];
  }

  /** What lies under that hash, of any application: for the security event about a refusal, never for the answer. */
  async describe(tokenHash: string, request: RedeemRequest): Promise<StoredToken | undefined> {
    const rows = await this.database.query<StoredToken>(DESCRIBE, [
      tokenHash,
      request.appId,
      request.flowId,
      request.flowStartedAt,
    ]);
    return rows[0];
  }
}
