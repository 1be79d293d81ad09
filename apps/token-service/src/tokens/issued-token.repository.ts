import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { Batches } from '../external-tokens/batches.ts';
import type { SharedClaims } from './claims.decide.ts';

/** What is to be kept of the first tokens of a flow. */
export interface NewFamily {
  appId: string;
  flowId: string;
  jti: string;
  userId: string;
  claims: SharedClaims;
  /** How long they may be refreshed; 0: never. */
  refreshSeconds: number;
}

/** The application's signing key as it came with a statement; null where there is none yet. */
export interface SealedKey {
  kid: string;
  sealed: string;
}

/** What is kept of a flow's first tokens, whoever kept it. */
export interface KeptFamily {
  userId: string;
  claims: SharedClaims;
  /** When refreshing ends, in seconds since the epoch; null: there is no refresh token. */
  refreshUntil: number | null;
  signingKey: SealedKey | null;
}

/** In one order everywhere, so that two processes that issue for the same flows wait for each other and do not deadlock. */
const KEEP_FIRST = `
  INSERT INTO issued_tokens AS t (app_id, flow_id, jti, user_id, claims, refresh_until, expires_at)
  SELECT app_id, flow_id, jti, user_id, claims::jsonb,
    CASE WHEN refresh > 0 THEN clock_timestamp() + make_interval(secs => refresh) END,
    greatest(to_timestamp(ends), clock_timestamp() + make_interval(secs => refresh))
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::int[])
    AS a (app_id, flow_id, jti, user_id, claims, ends, refresh)
  ORDER BY app_id, flow_id
  ON CONFLICT (app_id, flow_id) DO UPDATE SET flow_id = excluded.flow_id
  RETURNING t.app_id AS "appId", t.flow_id AS "flowId", t.user_id AS "userId", t.claims,
    floor(extract(epoch FROM t.refresh_until))::float8 AS "refreshUntil", (
      SELECT json_build_object('kid', k.kid, 'sealed', k.sealed_private_jwk) FROM signing_keys k
      WHERE k.app_id = t.app_id AND k.status = 'active') AS "signingKey"`;

const flowKey = ({ appId, flowId }: { appId: string; flowId: string }): string => `${appId} ${flowId}`;

@Injectable()
export class IssuedTokenRepository {
  private readonly keeping = new Batches<NewFamily, KeptFamily>(flowKey, (families) =>
    this.keepAll(families),
  );

  constructor(private readonly database: Database) {}

  /**
   * Keeps `wanted` as what this flow's tokens say, unless something is kept already; answers what is kept, and the
   * key to sign with. One statement: two that issue for the same flow at once get the same row.
   */
  keepFirst(wanted: NewFamily): Promise<KeptFamily> {
    return this.keeping.add(wanted);
  }

  /** Forgets what was issued to a deleted user; their access tokens verify no more. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM issued_tokens WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  /** Ends every family of the user that began until `before` (ISO 8601), but the one `exceptFamily` names. */
  async revokeUser(
    tx: Tx,
    of: { appId: string; userId: string; before: string; exceptFamily: string | undefined },
  ): Promise<void> {
    await tx.query(
      `UPDATE issued_tokens SET revoked_at = clock_timestamp()
       WHERE app_id = $1 AND user_id = $2 AND created_at <= $3::timestamptz AND revoked_at IS NULL
         AND jti IS DISTINCT FROM $4`,
      [of.appId, of.userId, of.before, of.exceptFamily ?? null],
    );
  }

  /** Ends a family: its refresh token and every access token of it (RFC 7009 §2.1). */
  async revokeFamily(appId: string, family: string): Promise<void> {
    await this.database.query(
      'UPDATE issued_tokens SET revoked_at = clock_timestamp() WHERE app_id = $1 AND jti = $2 AND revoked_at IS NULL',
      [appId, family],
    );
  }

  /** Ends one access token; its family goes on. */
  async revokeGeneration(appId: string, family: string, generation: number): Promise<void> {
    await this.database.query(
      `UPDATE issued_tokens SET revoked_generations = revoked_generations || $3::int
       WHERE app_id = $1 AND jti = $2 AND revoked_at IS NULL AND generation >= $3
         AND NOT $3 = ANY (revoked_generations)`,
      [appId, family, generation],
    );
  }

  private async keepAll(families: NewFamily[]): Promise<KeptFamily[]> {
    const column = <T>(of: (family: NewFamily) => T) => families.map(of);
    const rows = await this.database.query<KeptFamily & { appId: string; flowId: string }>(
      KEEP_FIRST,
      [
        column(({ appId }) => appId),
        column(({ flowId }) => flowId),
        column(({ jti }) => jti),
        column(({ userId }) => userId),
        column(({ claims }) => JSON.stringify(claims)),
        column(({ claims }) => claims.exp),
        column(({ refreshSeconds }) => refreshSeconds),
      ],
      'issue tokens',
    );
    const kept = new Map(rows.map((row) => [flowKey(row), row]));
    return families.map((family) => {
      const row = kept.get(flowKey(family));
      if (!row) throw new Error('the issued token vanished');
      return row;
    });
  }

  /** Deletes up to 1000 rows whose tokens ended more than a day ago; answers how many. */
  async purge(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM issued_tokens WHERE (app_id, flow_id) IN (SELECT app_id, flow_id FROM issued_tokens
         WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT 1000) RETURNING 1 AS one`,
    );
    return gone.length;
  }
}
