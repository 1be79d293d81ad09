import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { LogoutNotices } from '../back-channel-logout/logout-notices.ts';
import type { RecordPayload } from './record.types.ts';
import { type GrantView, grantView, type SessionView, sessionView } from './record-views.ts';
import { nextGeneration } from './user-generation.ts';

const TOKENS = `('AuthorizationCode', 'AccessToken', 'RefreshToken')`;
/** What no grant and no session leads to: interactions, and codes of a second factor. */
const UNDER_WAY = `kind IN ('Interaction', 'AuthorizationCode') AND (kind = 'Interaction' OR grant_id IS NULL)`;
/** Not a word of the payload: what clients sent may be nothing that jsonb takes. */
const UNTIL = `($4::float8 IS NULL OR coalesce(shown_at, 0) <= $4)`;
const NOT_OF_EXCEPTED = '($3::text IS NULL OR session_uid IS DISTINCT FROM $3)';
const OF_USER = `SELECT id, client_id, payload FROM oidc_records
  WHERE app_id = $1 AND user_id = $2 AND expires_at > clock_timestamp()`;

/** What goes on when the rest of what a user has open ends. */
export interface Ended {
  /** Uid of a session. */
  except?: string | undefined;
  before?: Date | undefined;
}

/**
 * What the provider keeps of a user, for the user's own page, for management and for erasure. Clients that have registered an
 * address for it are told of every session that ends here.
 */
@Injectable()
export class ProviderRecords {
  constructor(
    private readonly database: Database,
    private readonly notices: LogoutNotices,
  ) {}

  /** The newest grant to each client. */
  async grantsOf(appId: string, userId: string): Promise<GrantView[]> {
    const rows = await this.database.query<{ id: string; client_id: string; payload: string }>(
      `${OF_USER} AND kind = 'Grant' ORDER BY expires_at DESC`,
      [appId, userId],
    );
    const newest = new Map<string, GrantView>();
    for (const { id, client_id: clientId, payload } of rows)
      if (!newest.has(clientId)) newest.set(clientId, grantView(id, clientId, payload));
    return [...newest.values()];
  }

  /** The newest grant of the user to that client: its payload. */
  async grantTo(appId: string, userId: string, clientId: string): Promise<RecordPayload | undefined> {
    const [row] = await this.database.query<{ payload: string }>(
      `${OF_USER} AND client_id = $3 AND kind = 'Grant' ORDER BY expires_at DESC LIMIT 1`,
      [appId, userId, clientId],
      'oidc-grant-to',
    );
    return row && (JSON.parse(row.payload) as RecordPayload);
  }

  /** Takes back what the user granted the client of that grant, with every code and token; false where it is not theirs. */
  async revokeGrant(appId: string, userId: string, grantId: string): Promise<boolean> {
    const rows = await this.database.query(
      `WITH one AS (SELECT client_id FROM oidc_records
         WHERE app_id = $1 AND id = 'Grant:' || $3 AND user_id = $2 AND kind = 'Grant'),
       grants AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Grant'
         AND client_id = (SELECT client_id FROM one) RETURNING substr(id, 7) AS grant_id),
       tokens AS (DELETE FROM oidc_records WHERE app_id = $1 AND kind IN ${TOKENS}
         AND grant_id IN (SELECT grant_id FROM grants))
       SELECT 1 AS one FROM grants`,
      [appId, userId, grantId],
    );
    return rows.length > 0;
  }

  /** `sessionId` is what others know the session by, no credential. */
  async sessionsOf(appId: string, userId: string): Promise<SessionView[]> {
    const rows = await this.database.query<{ payload: string }>(
      `${OF_USER} AND kind = 'Session' ORDER BY expires_at DESC`,
      [appId, userId],
    );
    return rows.map(({ payload }) => sessionView(payload));
  }

  /**
   * Signs the user out everywhere, but for the session `except`; tokens bound to sessions end with them, and so do logins
   * that were finished and not resumed: whoever holds one would have a session next.
   */
  async endSessions(appId: string, userId: string, opts: { except?: string } = {}): Promise<void> {
    await this.database.transaction((tx) =>
      this.end(
        tx,
        // half-way logins too: they would read the new generation, and go on
        `WITH half_way AS (DELETE FROM logins WHERE app_id = $1 AND user_id = $2),
         under_way AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Interaction'
           AND ${NOT_OF_EXCEPTED})
         DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session'
           AND uid IS DISTINCT FROM $3 RETURNING payload`,
        [appId, userId, opts.except ?? null],
      ),
    );
  }

  /**
   * Ends what the user has open, in the caller's transaction: sessions, logins that were finished and not resumed, codes and
   * every token, but for the session `except` and what is bound to it; with `before`, only what was signed in or issued
   * until then. What was granted to clients stays.
   */
  async endAll(tx: Tx, appId: string, userId: string, { except, before }: Ended = {}): Promise<void> {
    await this.end(
      tx,
      `WITH sessions AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session'
         AND ($3::text IS NULL OR uid IS DISTINCT FROM $3)
         AND ${UNTIL} RETURNING payload),
       under_way AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND ${UNDER_WAY}
         AND ${NOT_OF_EXCEPTED} AND ${UNTIL}),
       tokens AS (DELETE FROM oidc_records WHERE app_id = $1 AND kind IN ${TOKENS}
         AND ${NOT_OF_EXCEPTED} AND ${UNTIL}
         AND grant_id IN (SELECT substr(id, 7) FROM oidc_records
           WHERE app_id = $1 AND user_id = $2 AND kind = 'Grant'))
       SELECT payload FROM sessions`,
      [appId, userId, except ?? null, before ? before.getTime() / 1000 : null],
    );
  }

  /** Ends second factors of the user that were shown: before the code, and codes that nobody redeemed. */
  async endSecondFactors(tx: Tx, appId: string, userId: string): Promise<void> {
    await nextGeneration(tx, appId, userId);
    await tx.query(
      `DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND ${UNDER_WAY}
         AND (kind = 'AuthorizationCode' OR is_second_factor IS NOT FALSE)`,
      [appId, userId],
    );
  }

  /** Ends one session of the user; false where it is not theirs. */
  async endSession(appId: string, userId: string, sessionId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      // whoever makes an id up ends nothing, and disturbs nothing that is under way
      const open = await tx.query(
        `SELECT 1 FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session' AND uid = $3`,
        [appId, userId, sessionId],
      );
      if (open.length === 0) return false;
      const ended = await this.end(
        tx,
        `DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session' AND uid = $3
         RETURNING payload`,
        [appId, userId, sessionId],
      );
      return ended > 0;
    });
  }

  /** Ends everything that was issued to a client, which is gone. */
  async forgetClient(tx: Tx, appId: string, clientId: string): Promise<void> {
    await tx.query('DELETE FROM oidc_records WHERE app_id = $1 AND client_id = $2', [appId, clientId]);
  }

  /** Erases what is kept of a user. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.end(
      tx,
      `WITH own AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind IN ('Session', 'Grant')
         RETURNING kind, substr(id, 7) AS grant_id, payload),
       under_way AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND ${UNDER_WAY}),
       tokens AS (DELETE FROM oidc_records WHERE app_id = $1 AND kind IN ${TOKENS}
         AND grant_id IN (SELECT grant_id FROM own WHERE kind = 'Grant'))
       SELECT payload FROM own WHERE kind = 'Session'`,
      [appId, userId],
    );
  }

  /**
   * Whatever ends sessions of a user: the user's next generation first, then `sql`, which answers payloads of the sessions
   * that it ended; their clients are told. `params` begin with application and user. Answers how many there were.
   */
  private async end(
    tx: Tx,
    sql: string,
    params: [appId: string, userId: string, ...unknown[]],
  ): Promise<number> {
    const [appId, userId] = params;
    await nextGeneration(tx, appId, userId);
    const ended = await tx.query<{ payload: string }>(sql, params);
    const payloads = ended.map(({ payload }) => payload);
    await this.notices.ofSessions(tx, appId, payloads);
    return ended.length;
  }
}
