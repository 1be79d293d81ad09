import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { RecordPayload } from './record.types.ts';

/** What a user has granted a client. */
export interface GrantView {
  grantId: string;
  clientId: string;
  scopes: string[];
  /** Seconds since the epoch. */
  at: number;
}

/** A browser that a user is signed in with. */
export interface SessionView {
  sessionId: string;
  at: number;
  amr: string[];
  acr: string;
}

const TOKENS = `('AuthorizationCode', 'AccessToken', 'RefreshToken')`;
/** What no grant and no session leads to: interactions, and codes of a second factor. */
const UNDER_WAY = `kind IN ('Interaction', 'AuthorizationCode') AND (kind = 'Interaction' OR grant_id IS NULL)`;
/** When an interaction's user was let in, else when it or the code began. */
const SHOWN_AT = `coalesce(payload::jsonb#>>'{result,login,ts}', payload::jsonb#>>'{result,secondFactor,at}',
  payload::jsonb->>'iat')::float8`;
const OF_USER = `SELECT id, client_id, payload FROM oidc_records
  WHERE app_id = $1 AND user_id = $2 AND expires_at > clock_timestamp()`;

/** What goes on when the rest of what a user has open ends. */
export interface Ended {
  /** Uid of a session. */
  except?: string | undefined;
  before?: Date | undefined;
}

/** What the provider keeps of a user, for the user's own page, for management and for erasure. */
@Injectable()
export class ProviderRecords {
  constructor(private readonly database: Database) {}

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
    return rows.map(({ payload }) => {
      const session = JSON.parse(payload) as { uid: string; loginTs: number; amr?: string[]; acr?: string };
      const { uid, loginTs, amr = [], acr = 'aal1' } = session;
      return { sessionId: uid, at: loginTs, amr, acr };
    });
  }

  /** Signs the user out everywhere, but for the session `except`; tokens bound to sessions end with them. */
  async endSessions(appId: string, userId: string, opts: { except?: string } = {}): Promise<void> {
    await this.database.query(
      `DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session'
         AND uid IS DISTINCT FROM $3`,
      [appId, userId, opts.except ?? null],
    );
  }

  /**
   * Ends what the user has open, in the caller's transaction: sessions, logins that were finished and not resumed, codes and
   * every token, but for the session `except` and what is bound to it; with `before`, only what was signed in or issued
   * until then. What was granted to clients stays.
   */
  async endAll(tx: Tx, appId: string, userId: string, { except, before }: Ended = {}): Promise<void> {
    await tx.query(
      `WITH sessions AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session'
         AND ($3::text IS NULL OR uid IS DISTINCT FROM $3)
         AND ($4::float8 IS NULL OR (payload::jsonb->>'loginTs')::float8 <= $4)),
       under_way AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND ${UNDER_WAY}
         AND ($3::text IS NULL OR coalesce(session_uid, payload::jsonb#>>'{session,uid}') IS DISTINCT FROM $3)
         AND ($4::float8 IS NULL OR ${SHOWN_AT} <= $4))
       DELETE FROM oidc_records WHERE app_id = $1 AND kind IN ${TOKENS}
         AND ($3::text IS NULL OR session_uid IS DISTINCT FROM $3)
         AND ($4::float8 IS NULL OR (payload::jsonb->>'iat')::float8 <= $4)
         AND grant_id IN (SELECT substr(id, 7) FROM oidc_records
           WHERE app_id = $1 AND user_id = $2 AND kind = 'Grant')`,
      [appId, userId, except ?? null, before ? before.getTime() / 1000 : null],
    );
  }

  /** Ends one session of the user; false where it is not theirs. */
  async endSession(appId: string, userId: string, sessionId: string): Promise<boolean> {
    const rows = await this.database.query(
      `DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind = 'Session' AND uid = $3
       RETURNING 1 AS one`,
      [appId, userId, sessionId],
    );
    return rows.length > 0;
  }

  /** Ends everything that was issued to a client, which is gone. */
  async forgetClient(tx: Tx, appId: string, clientId: string): Promise<void> {
    await tx.query('DELETE FROM oidc_records WHERE app_id = $1 AND client_id = $2', [appId, clientId]);
  }

  /** Erases what is kept of a user. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query(
      `WITH own AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND kind IN ('Session', 'Grant')
         RETURNING kind, substr(id, 7) AS grant_id),
       under_way AS (DELETE FROM oidc_records WHERE app_id = $1 AND user_id = $2 AND ${UNDER_WAY})
       DELETE FROM oidc_records WHERE app_id = $1 AND kind IN ${TOKENS}
         AND grant_id IN (SELECT grant_id FROM own WHERE kind = 'Grant')`,
      [appId, userId],
    );
  }
}

function grantView(id: string, clientId: string, payload: string): GrantView {
  const grant = JSON.parse(payload) as {
    iat: number;
    openid?: { scope?: string };
    rejected?: { openid?: { scope?: string } };
  };
  const rejected = new Set(grant.rejected?.openid?.scope?.split(' '));
  const scopes = (grant.openid?.scope ?? '')
    .split(' ')
    .filter((scope) => scope !== '' && !rejected.has(scope));
  return { grantId: id.slice('Grant:'.length), clientId, scopes, at: grant.iat };
}
