import { Injectable } from '@nestjs/common';
import { tidyUsername, usernameKey } from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import type { User } from './user.types.ts';

const COLUMNS = `id, app_id AS "appId", username, username_key AS "usernameKey", created_at AS "createdAt",
  registered_at AS "registeredAt", clock_timestamp() AS "seenAt"`;

/** Users of applications. An id is 16 random bytes, base64url: the `sub` of tokens and WebAuthn's `user.id`. */
@Injectable()
export class UserRepository {
  constructor(private readonly database: Database) {}

  /**
   * The user of that name, made on first sight. Inside a transaction the row stays locked until its end, so that
   * budgets and limits of one user are counted by one transaction at a time.
   */
  async resolve(
    db: Tx | Database,
    appId: string,
    username: string,
    { vouched }: { vouched: boolean },
  ): Promise<User> {
    const [user] = await db.query<User>(
      `INSERT INTO users AS u (id, app_id, username, username_key, vouched_at)
       VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN clock_timestamp() END)
       ON CONFLICT (app_id, username_key) DO UPDATE SET username_key = excluded.username_key,
         vouched_at = coalesce(u.vouched_at, excluded.vouched_at) RETURNING ${COLUMNS}`,
      [randomToken(16), appId, tidyUsername(username), usernameKey(username), vouched],
      'resolve-user',
    );
    return user!;
  }

  async find(appId: string, username: string): Promise<User | undefined> {
    const [user] = await this.database.query<User>(
      `SELECT ${COLUMNS} FROM users WHERE app_id = $1 AND username_key = $2`,
      [appId, usernameKey(username)],
    );
    return user;
  }

  /** The user of that id in the application. */
  async findById(appId: string, userId: string): Promise<User | undefined> {
    const [user] = await this.database.query<User>(
      `SELECT ${COLUMNS} FROM users WHERE app_id = $1 AND id = $2`,
      [appId, userId],
    );
    return user;
  }

  /** Locks the user's row for the rest of the transaction; false if the user is gone. */
  async lock(tx: Tx, userId: string): Promise<boolean> {
    return (await tx.one('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [userId])) !== undefined;
  }

  /** Locks the user's row for the rest of the transaction and answers it; undefined if the user is gone. */
  async lockById(tx: Tx, userId: string): Promise<User | undefined> {
    return tx.one<User>(`SELECT ${COLUMNS} FROM users WHERE id = $1 FOR UPDATE`, [userId]);
  }

  /** Whether the user exists for others than whoever names them first: registered, or named by the application. */
  async exists(db: Tx | Database, userId: string): Promise<boolean> {
    const [row] = await db.query(
      'SELECT 1 FROM users WHERE id = $1 AND (registered_at IS NOT NULL OR vouched_at IS NOT NULL)',
      [userId],
    );
    return row !== undefined;
  }

  async markRegistered(tx: Tx, userId: string): Promise<void> {
    await tx.query(
      'UPDATE users SET registered_at = clock_timestamp() WHERE id = $1 AND registered_at IS NULL',
      [userId],
    );
  }

  async forgetRegistration(tx: Tx, userId: string): Promise<void> {
    await tx.query(
      `UPDATE users SET registered_at = NULL, vouched_at = coalesce(vouched_at, clock_timestamp()) WHERE id = $1`,
      [userId],
    );
  }

  async rememberMfaContext(userId: string, known: boolean): Promise<void> {
    await this.database.query(
      'UPDATE users SET has_mfa_context = $2 WHERE id = $1 AND has_mfa_context <> $2',
      [userId, known],
    );
  }

  async hasMfaContext(userId: string): Promise<boolean> {
    const [row] = await this.database.query<{ known: boolean }>(
      'SELECT has_mfa_context AS known FROM users WHERE id = $1',
      [userId],
    );
    return row?.known ?? false;
  }

  /** Rules that the user muted by saying "that was not me". */
  async mutedRules(db: Tx | Database, userId: string): Promise<{ ruleId: string; until: Date }[]> {
    return db.query(
      'SELECT rule_id AS "ruleId", until FROM mutes WHERE user_id = $1 AND until > clock_timestamp()',
      [userId],
      'muted-rules',
    );
  }

  async mute(tx: Tx, userId: string, ruleIds: string[], seconds: number): Promise<void> {
    await tx.query(
      `INSERT INTO mutes (user_id, rule_id, until)
       SELECT $1, unnest($2::uuid[]), clock_timestamp() + make_interval(secs => $3)
       ON CONFLICT (user_id, rule_id) DO UPDATE SET until = excluded.until`,
      [userId, ruleIds, seconds],
    );
  }

  async unmute(tx: Tx, userId: string): Promise<void> {
    await tx.query('DELETE FROM mutes WHERE user_id = $1', [userId]);
  }

  /** Deletes the user and what names them; what was decided stays, under the user's id alone. */
  async erase(tx: Tx, userId: string): Promise<void> {
    await tx.query(
      `WITH erased AS (
         UPDATE challenges SET username = '', username_key = '', payload = NULL WHERE user_id = $1 RETURNING id::text),
       told AS (DELETE FROM challenge_events WHERE challenge->>'id' IN (SELECT id FROM erased)),
       proven AS (
         UPDATE flows SET username = '', username_key = '', payload = NULL, display_name = NULL, trace_id = NULL
         WHERE user_id = $1)
       DELETE FROM users WHERE id = $1`,
      [userId],
    );
  }
}
