import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Life, SharedClaims } from './claims.decide.ts';
import type { SealedKey } from './issued-token.repository.ts';
import type { RefreshHandle } from './refresh-tokens.ts';

/** How long a refresh token that was just used still yields the answer it yielded then, in seconds: answers get lost. */
export const LOST_ANSWER_SECONDS = 10;

/** A family as a presented refresh token finds it. */
export interface Found {
  flowId: string;
  userId: string;
  /** The token was used before, and that is no lost answer: somebody else may have it. */
  reused: boolean;
}

/** A family after its refresh token was used. */
export interface Rotated {
  flowId: string;
  claims: SharedClaims;
  /** The newest generation, and its life. */
  generation: number;
  latest: Life | null;
  /** When refreshing ends, in seconds since the epoch. */
  until: number;
  /** The family has just been ended for it. */
  reused: boolean;
  signingKey: SealedKey | null;
}

/** What every refresh names: the application, the presented token, and how long its settings let tokens be refreshed today. */
export interface Presented extends RefreshHandle {
  appId: string;
  refreshSeconds: number;
}

/** Not ended: by its own end, by the setting of today, or by being revoked. The database's clock decides. */
const REFRESHABLE = `t.app_id = $1 AND t.jti = $2 AND t.revoked_at IS NULL
  AND t.refresh_until > clock_timestamp() AND t.created_at + make_interval(secs => $4::int) > clock_timestamp()`;

const REUSED = `NOT (t.generation = $3::int OR (t.generation = $3::int + 1
  AND t.rotated_at > clock_timestamp() - interval '${LOST_ANSWER_SECONDS} seconds'))`;

const FIND = `SELECT t.flow_id AS "flowId", t.user_id AS "userId", ${REUSED} AS reused
  FROM issued_tokens t WHERE ${REFRESHABLE}`;

const UNTIL = `floor(extract(epoch FROM t.refresh_until))::float8 AS until`;

const NEWEST = `SELECT t.claims, ${UNTIL}
  FROM issued_tokens t WHERE ${REFRESHABLE} AND t.generation = $3::int`;

/**
 * Invariant 2 in one statement: of all who present the newest token at once the first makes the next generation; the
 * others wait for its row and get the same one. An older token ends the family (RFC 9700 §4.14.2).
 */
const ROTATE = `
  UPDATE issued_tokens t SET
    generation = CASE WHEN t.generation = $3::int THEN t.generation + 1 ELSE t.generation END,
    rotated_at = CASE WHEN t.generation = $3::int THEN clock_timestamp() ELSE t.rotated_at END,
    latest = CASE WHEN t.generation = $3::int THEN $5::jsonb ELSE t.latest END,
    expires_at = CASE WHEN t.generation = $3::int THEN greatest(t.expires_at, to_timestamp($6)) ELSE t.expires_at END,
    revoked_at = CASE WHEN ${REUSED} THEN clock_timestamp() END
  WHERE ${REFRESHABLE}
  RETURNING t.flow_id AS "flowId", t.claims, t.generation, t.latest, ${UNTIL},
    t.revoked_at IS NOT NULL AS reused, (
    SELECT json_build_object('kid', k.kid, 'sealed', k.sealed_private_jwk) FROM signing_keys k
    WHERE k.app_id = $1 AND k.status = 'active') AS "signingKey"`;

@Injectable()
export class RefreshRepository {
  constructor(private readonly database: Database) {}

  /** The family of the presented token, or undefined where it can be refreshed no more. */
  async find(presented: Presented): Promise<Found | undefined> {
    const rows = await this.database.query<Found>(FIND, params(presented));
    return rows[0];
  }

  /** What the presented token stands for and until when (seconds since the epoch), if it can be used now. */
  async newest(presented: Presented): Promise<{ claims: SharedClaims; until: number } | undefined> {
    const rows = await this.database.query<{ claims: SharedClaims; until: number }>(
      NEWEST,
      params(presented),
    );
    return rows[0];
  }

  /** Uses the presented token: the next generation, the very same again, or the end of the family. */
  async rotate(presented: Presented, next: Life): Promise<Rotated | undefined> {
    const rows = await this.database.query<Rotated>(
      ROTATE,
      [...params(presented), JSON.stringify(next), next.exp],
      'refresh tokens',
    );
    return rows[0];
  }
}

const params = ({ appId, family, generation, refreshSeconds }: Presented): unknown[] => [
  appId,
  family,
  generation,
  refreshSeconds,
];
