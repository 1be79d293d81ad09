import { Database, type Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { Login, Proof } from './login.types.ts';

/** What the provider is told when a login ends; kept, so that a repeat tells the same. */
export type LoginResult = Record<string, unknown>;

/** What of a login is kept between requests. */
export interface KeptLogin extends Pick<
  Login,
  'uid' | 'appId' | 'version' | 'username' | 'userId' | 'proofs' | 'data' | 'expiresAt'
> {
  result?: LoginResult | undefined;
}

interface Row {
  version: number;
  userId: string | null;
  proofs: Proof[];
  sealedState: string;
  result: LoginResult | null;
  expiresAt: number;
}

/** Most rows that one round of sweeping deletes. */
const SWEPT_AT_ONCE = 500;

const contextOf = ({ appId, uid }: Pick<Login, 'appId' | 'uid'>): string => `login:${appId}:${uid}`;

/** Logins in progress, beside the provider's interactions. */
@Injectable()
export class LoginRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  async find(appId: string, uid: string): Promise<KeptLogin | undefined> {
    const [row] = await this.database.query<Row>(
      `SELECT version, user_id AS "userId", proofs, sealed_state AS "sealedState", result,
         extract(epoch FROM expires_at)::float8 AS "expiresAt"
       FROM logins WHERE app_id = $1 AND uid = $2 AND expires_at > clock_timestamp()`,
      [appId, uid],
      'login',
    );
    if (!row) return undefined;
    const { userId, sealedState, result, ...rest } = row;
    const state = JSON.parse(this.vault.open(sealedState, contextOf({ appId, uid }))) as Pick<
      Login,
      'username' | 'data'
    >;
    return { appId, uid, ...rest, ...state, ...(userId !== null && { userId }), ...(result && { result }) };
  }

  /**
   * Keeps what became of the login, as the version after `login.version`. False where another submission was faster, or
   * it has ended: then nothing is changed.
   */
  async advance(tx: Tx, login: KeptLogin): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO logins (app_id, uid, version, user_id, proofs, sealed_state, result, expires_at)
       VALUES ($1, $2, $3 + 1, $4, $5, $6, $7, to_timestamp($8))
       ON CONFLICT (app_id, uid) DO UPDATE SET version = excluded.version, user_id = excluded.user_id,
         proofs = excluded.proofs, sealed_state = excluded.sealed_state, result = excluded.result
       WHERE logins.version = $3 AND logins.result IS NULL
       RETURNING 1 AS one`,
      this.columnsOf(login),
      'login-advance',
    );
    return rows.length === 1;
  }

  /** Keeps what a step needs for the page that it has just made. Whoever submits meanwhile wins. */
  async keepState(login: KeptLogin): Promise<void> {
    await this.database.query(
      `INSERT INTO logins (app_id, uid, version, user_id, proofs, sealed_state, result, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8))
       ON CONFLICT (app_id, uid) DO UPDATE SET sealed_state = excluded.sealed_state
       WHERE logins.version = $3 AND logins.result IS NULL`,
      this.columnsOf(login),
      'login-keep-state',
    );
  }

  /** Deletes what has expired; answers how many. */
  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM logins WHERE ctid = ANY (ARRAY(SELECT ctid FROM logins WHERE expires_at <= clock_timestamp()
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1 AS one`,
      [SWEPT_AT_ONCE],
    );
    return rows.length;
  }

  /** Forgets the logins of a user that are under way. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM logins WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  private columnsOf(login: KeptLogin): unknown[] {
    const { appId, uid, version, userId, proofs, username, data, result, expiresAt } = login;
    const state = this.vault.seal(JSON.stringify({ username, data }), contextOf(login));
    return [
      ...[appId, uid, version, userId ?? null, JSON.stringify(proofs), state],
      ...[result ? JSON.stringify(result) : null, expiresAt],
    ];
  }
}
