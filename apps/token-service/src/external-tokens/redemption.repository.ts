import type { RedeemedToken, RedeemRequest } from '@countersign/contracts';
import type { OutboxRow } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ALIVE } from '../api-keys/api-key.repository.ts';
import { Batches } from './batches.ts';
import type { StoredToken } from './refusal.decide.ts';

/** What stands in the prepared event for what only the row knows. No value of ours looks like them. */
export const UNKNOWN_TOKEN_ID = '{{token-id}}';
export const UNKNOWN_KEY_ID = '{{key-id}}';
export const UNKNOWN_USER_ID = '{{user-id}}';

interface Presented {
  tokenHash: string;
  request: RedeemRequest;
  /** What is told if it is redeemed. */
  event: OutboxRow;
}

/** Its flow had begun when it was granted; a token that names its flow or challenge needs no such window. */
const hadBegun = (startedAt: string) =>
  `(t.flow_id IS NOT NULL OR t.challenge_id IS NOT NULL OR ${startedAt} <= t.granted_at)`;

/** A flow begun without a name takes only a token that names it; whose it is the token says. */
const IS_WHOSE = `(t.user_id = a.user_id OR (a.user_id = '' AND t.flow_id = a.flow_id))`;

const KEY_ALIVE = `EXISTS (SELECT 1 FROM api_keys k WHERE k.key_id = t.key_id AND ${ALIVE('k')})`;

/** A later token of the same flow has taken its place (one token a flow, security 19). */
const REPLACED = `EXISTS (SELECT 1 FROM external_tokens n WHERE n.app_id = t.app_id AND n.flow_id = t.flow_id
  AND (n.created_at, n.token_id) > (t.created_at, t.token_id))`;

/**
 * Invariants 1 and 2 in one statement: every binding is compared, of all attempts one gets the row, the database's
 * clock decides expiry, and a repeat of that attempt gets the same row again. The event goes with the first. `meant`:
 * the row that was set for that very flow, else the one that names no flow.
 */
const REDEEM = `
  WITH asked AS MATERIALIZED (
    SELECT a.*, (SELECT e.token_id FROM external_tokens e WHERE e.token_hash = a.token_hash AND e.app_id = a.app_id
      AND (e.flow_id = a.flow_id OR e.flow_id IS NULL) ORDER BY e.flow_id NULLS LAST LIMIT 1) AS meant
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::text[], $12::text[])
    AS a (token_hash, app_id, flow_id, user_id, context, started_at, challenge_id, subject_digest, attempt, topic,
      headers, body)
  ), redeemed AS (
    UPDATE external_tokens t
    SET consumed_at = coalesce(t.consumed_at, clock_timestamp()), consumed_by = a.attempt, redemptions = redemptions + 1
    FROM asked a
    WHERE t.token_id = a.meant
      AND ${IS_WHOSE} AND t.context = a.context AND ${hadBegun('a.started_at')}
      AND t.challenge_id IS NOT DISTINCT FROM a.challenge_id
      AND t.subject_digest IS NOT DISTINCT FROM a.subject_digest
      AND (t.consumed_by = a.attempt
        OR (t.consumed_at IS NULL AND t.expires_at > clock_timestamp() AND ${KEY_ALIVE} AND NOT ${REPLACED}))
    RETURNING t.token_hash, t.token_id, t.key_id, t.user_id, t.amr, t.acr, t.category,
      t.outbox_shard, t.redemptions, a.topic, a.headers, a.body
  ), said AS (
    INSERT INTO outbox (shard, topic, key, headers, body)
    SELECT outbox_shard, topic, token_id::text, headers::jsonb,
      convert_to(replace(replace(replace(body, '${UNKNOWN_TOKEN_ID}', token_id::text), '${UNKNOWN_KEY_ID}', key_id),
        '${UNKNOWN_USER_ID}', user_id), 'UTF8')
    FROM redeemed WHERE redemptions = 1
  )
  SELECT token_hash AS "tokenHash", token_id AS "tokenId", key_id AS "keyId", user_id AS "userId", amr, acr, category
  FROM redeemed`;

const DESCRIBE = `
  SELECT app_id AS "appId", user_id AS "userId", context, flow_id AS "flowId", challenge_id AS "challengeId",
    subject_digest AS "subjectDigest", expires_at <= clock_timestamp() AS expired, consumed_at IS NOT NULL AS consumed,
    ${hadBegun('$4::timestamptz')} AS "flowHadBegun", ${KEY_ALIVE} AS "keyAlive", ${REPLACED} AS replaced
  FROM external_tokens t WHERE token_hash = $1
  ORDER BY (app_id = $2) DESC, (flow_id IS NOT DISTINCT FROM $3) DESC, flow_id NULLS FIRST LIMIT 1`;

@Injectable()
export class RedemptionRepository {
  private readonly redeeming = new Batches<Presented, RedeemedToken | undefined>(
    ({ tokenHash }) => tokenHash,
    (presented) => this.redeemAll(presented),
  );

  constructor(private readonly database: Database) {}

  /** Redeems, with the event; undefined means refused, and does not say why. */
  redeem(tokenHash: string, request: RedeemRequest, event: OutboxRow): Promise<RedeemedToken | undefined> {
    return this.redeeming.add({ tokenHash, request, event });
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

  private async redeemAll(presented: Presented[]): Promise<(RedeemedToken | undefined)[]> {
    const column = <T>(of: (one: Presented) => T | undefined) => presented.map((one) => of(one) ?? null);
    const rows = await this.database.query<RedeemedToken & { tokenHash: string }>(
      REDEEM,
      [
        column(({ tokenHash }) => tokenHash),
        column(({ request }) => request.appId),
        column(({ request }) => request.flowId),
        column(({ request }) => request.userId),
        column(({ request }) => request.context),
        column(({ request }) => request.flowStartedAt),
        column(({ request }) => request.challengeId),
        column(({ request }) => request.subjectDigest),
        column(({ request }) => request.attempt),
        column(({ event }) => event.topic),
        column(({ event }) => event.headers),
        column(({ event }) => event.body.toString('utf8')),
      ],
      'redeem external tokens',
    );
    const redeemed = new Map(rows.map(({ tokenHash, ...token }) => [tokenHash, token]));
    return presented.map(({ tokenHash }) => redeemed.get(tokenHash));
  }
}
