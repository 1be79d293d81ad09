import type { KeyConstraints, Scope } from '@countersign/contracts';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SetSettings } from '../applications/settings.decide.ts';
import { ApiKeyEntity } from './api-key.entity.ts';

const COLUMNS = `key_id AS "keyId", app_id AS "appId", name, scopes, constraints, created_by AS "createdBy",
  created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

/** Neither revoked nor past its end, by the database's clock. */
export const ALIVE = (key: string) =>
  `${key}.revoked_at IS NULL AND (${key}.expires_at IS NULL OR ${key}.expires_at > clock_timestamp())`;

/** A live key with the application it belongs to. */
export interface LiveKey {
  keyId: string;
  appId: string;
  scopes: Scope[];
  constraints: KeyConstraints;
  applicationName: string;
  /** What was set, without defaults. */
  settings: SetSettings;
}

export interface NewApiKey {
  keyId: string;
  appId: string;
  name: string;
  keyHash: string;
  scopes: Scope[];
  constraints: KeyConstraints;
  createdBy: string | null;
  expiresAt: Date | null;
}

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  /** The live key of that hash: one statement, on the way of every management request. */
  async findLive(keyHash: string): Promise<LiveKey | undefined> {
    const rows = await this.database.query<LiveKey>(
      `SELECT k.key_id AS "keyId", k.app_id AS "appId", k.scopes, k.constraints,
              a.name AS "applicationName", a.settings
       FROM api_keys k JOIN applications a USING (app_id)
       WHERE k.key_hash = $1 AND ${ALIVE('k')}`,
      [keyHash],
    );
    return rows[0];
  }

  /** The live key of that id, held until the transaction ends: it cannot be revoked meanwhile. */
  holdLive(tx: Tx, keyId: string): Promise<ApiKeyEntity | undefined> {
    return tx.one<ApiKeyEntity>(
      `SELECT ${COLUMNS} FROM api_keys k WHERE key_id = $1 AND ${ALIVE('k')} FOR SHARE`,
      [keyId],
    );
  }

  async find(keyId: string): Promise<ApiKeyEntity | undefined> {
    const rows = await this.database.query<ApiKeyEntity>(
      `SELECT ${COLUMNS} FROM api_keys WHERE key_id = $1`,
      [keyId],
    );
    return rows[0];
  }

  /** Up to `limit` keys, newest first, from the first older than `before`; of every application where `appId` is absent. */
  list(appId: string | undefined, before: string | undefined, limit: number): Promise<ApiKeyEntity[]> {
    return this.database.query<ApiKeyEntity>(
      `SELECT ${COLUMNS} FROM api_keys
       WHERE ($1::text IS NULL OR app_id = $1) AND ($2::text IS NULL OR key_id < $2)
       ORDER BY key_id DESC LIMIT $3`,
      [appId ?? null, before ?? null, limit],
    );
  }

  async insert(tx: Tx, key: NewApiKey): Promise<ApiKeyEntity> {
    await tx.manager.insert(ApiKeyEntity, key);
    const row = await tx.one<ApiKeyEntity>(`SELECT ${COLUMNS} FROM api_keys WHERE key_id = $1`, [key.keyId]);
    if (!row) throw new Error('the inserted key is gone');
    return row;
  }

  /** Revokes; true if it was this call that did. */
  async revoke(tx: Tx, keyId: string): Promise<boolean> {
    const rows = await tx.query(
      'UPDATE api_keys SET revoked_at = clock_timestamp() WHERE key_id = $1 AND revoked_at IS NULL RETURNING key_id',
      [keyId],
    );
    return rows.length === 1;
  }
}
