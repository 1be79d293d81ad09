import { usernameKey, usernameSchema } from '@countersign/contracts';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { userKey } from '../storage/record-find.ts';
import { currentRecords } from '../storage/request-records.ts';
import type { DirectoryUser } from './directory.types.ts';

/** A user with what their password is compared with. */
export interface Credential {
  user: DirectoryUser;
  passwordHash: string | undefined;
  /** In which state the user is: see `nextGeneration`. */
  generation: string;
}

/** Whose a name is, as mfa-orchestrator just said, by its clock (ISO 8601). */
export interface ResolvedName {
  appId: string;
  userId: string;
  usernameKey: string;
  resolvedAt: string;
}

type Row = Omit<DirectoryUser, 'name' | 'hasPassword'> & {
  name: string | null;
  passwordHash: string | null;
  generation: string;
};

type On = Pick<Database, 'query'>;

/** As JSON has it. */
type Kept = Omit<DirectoryUser, 'name' | 'createdAt' | 'updatedAt'> & {
  name: string | null;
  createdAt: string;
  updatedAt: string;
};

const COLUMNS = `user_id AS "userId", username, name, enabled, password_hash AS "passwordHash",
  created_at AS "createdAt", updated_at AS "updatedAt", generation::text AS generation`;

/**
 * The user as a request finds them: what it writes of them at its end is for this state. What is proved by what was read
 * here, a password that takes its time to be compared, proves nothing once that has ended (SES-06).
 */
function found(appId: string, row: Row | undefined): Credential | undefined {
  const records = currentRecords();
  if (row && records?.appId === appId) records.relyOn(row.userId, row.generation);
  return row && credentialOf(row);
}

@Injectable()
export class DirectoryRepository {
  constructor(private readonly database: Database) {}

  async byId(
    appId: string,
    userId: string,
    on: On = this.database,
    lock: '' | 'FOR UPDATE' = '',
  ): Promise<Credential | undefined> {
    const [row] = await on.query<Row>(
      `SELECT ${COLUMNS} FROM directory_users WHERE app_id = $1 AND user_id = $2 ${lock}`,
      [appId, userId],
      `directory-by-id${lock}`,
    );
    return found(appId, row);
  }

  /** The user that came along with a record of the request under way, read with it; else as they are. */
  async asFound(appId: string, userId: string): Promise<DirectoryUser | undefined> {
    const records = currentRecords();
    const known = records?.appId === appId ? records.cameWith(userKey(userId)) : undefined;
    if (known === undefined) return (await this.byId(appId, userId))?.user;
    if (known === null) return undefined;
    const { name, createdAt, updatedAt, ...user } = JSON.parse(known) as Kept;
    const named = name === null ? {} : { name };
    return { ...user, ...named, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
  }

  /** By name, as anybody types it: what can be no name is nobody's. */
  async byName(
    appId: string,
    username: string,
    on: On = this.database,
    lock: '' | 'FOR UPDATE' = '',
  ): Promise<Credential | undefined> {
    if (!usernameSchema.safeParse(username).success) return undefined;
    const [row] = await on.query<Row>(
      `SELECT ${COLUMNS} FROM directory_users WHERE app_id = $1 AND username_key = $2 ${lock}`,
      [appId, usernameKey(username)],
      `directory-by-name${lock}`,
    );
    return found(appId, row);
  }

  /** Up to `limit` users by name, from the first one after `after`, whose names begin with `prefix`. */
  async list(
    appId: string,
    { prefix, after, limit }: { prefix: string; after: string | undefined; limit: number },
  ): Promise<(DirectoryUser & { usernameKey: string })[]> {
    const rows = await this.database.query<Row & { usernameKey: string }>(
      `SELECT ${COLUMNS}, username_key AS "usernameKey" FROM directory_users
       WHERE app_id = $1 AND starts_with(username_key, $2) AND ($3::text IS NULL OR username_key > $3)
       ORDER BY username_key LIMIT $4`,
      [appId, prefix, after ?? null, limit],
    );
    return rows.map((row) => ({ ...credentialOf(row).user, usernameKey: row.usernameKey }));
  }

  /** Adds a user; undefined if there is one of that name or id. */
  async insert(
    tx: Tx,
    owner: ResolvedName,
    user: {
      username: string;
      name?: string | undefined;
      enabled: boolean;
      passwordHash?: string | undefined;
    },
  ): Promise<DirectoryUser | undefined> {
    const row = await tx.one<Row>(
      `INSERT INTO directory_users (app_id, user_id, username_key, resolved_at, username, name, enabled, password_hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [
        ...[owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt],
        ...[user.username, user.name ?? null, user.enabled, user.passwordHash ?? null],
      ],
    );
    return row && credentialOf(row).user;
  }

  /** Sets what is given; `name: null` takes the name away. */
  async update(
    tx: Tx,
    appId: string,
    userId: string,
    change: { name?: string | null | undefined; enabled?: boolean | undefined; passwordHash?: string },
  ): Promise<DirectoryUser> {
    const row = await tx.one<Row>(
      `UPDATE directory_users SET name = CASE WHEN $3 THEN $4 ELSE name END, enabled = coalesce($5, enabled),
         password_hash = coalesce($6, password_hash), updated_at = clock_timestamp()
       WHERE app_id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
      [
        ...[appId, userId, change.name !== undefined, change.name ?? null],
        ...[change.enabled ?? null, change.passwordHash ?? null],
      ],
    );
    return credentialOf(row as Row).user;
  }

  /** The same password, hashed anew; nothing if it was changed meanwhile. */
  async rehash(appId: string, userId: string, before: string, after: string): Promise<void> {
    await this.database.query(
      `UPDATE directory_users SET password_hash = $4 WHERE app_id = $1 AND user_id = $2 AND password_hash = $3`,
      [appId, userId, before, after],
    );
  }

  /** True if there was one. */
  async delete(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const rows = await tx.query(
      'DELETE FROM directory_users WHERE app_id = $1 AND user_id = $2 RETURNING user_id',
      [appId, userId],
    );
    return rows.length === 1;
  }

  /** Another id that holds the name: who of the two is gone is a matter of which was resolved later. */
  async nameSake(tx: Tx, owner: ResolvedName): Promise<{ userId: string; isNewer: boolean } | undefined> {
    return tx.one(
      `SELECT user_id AS "userId", resolved_at > $4::timestamptz AS "isNewer" FROM directory_users
       WHERE app_id = $1 AND username_key = $3 AND user_id <> $2 FOR UPDATE`,
      [owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt],
    );
  }
}

// columns that are NULL are members that are absent
function credentialOf({
  userId,
  username,
  name,
  enabled,
  passwordHash,
  createdAt,
  updatedAt,
  generation,
}: Row): Credential {
  const hasPassword = passwordHash !== null;
  const named = name === null ? {} : { name };
  const user = { userId, username, ...named, enabled, hasPassword, createdAt, updatedAt };
  return { user, passwordHash: passwordHash ?? undefined, generation };
}
