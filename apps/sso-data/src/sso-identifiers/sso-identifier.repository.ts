import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SealedValue } from '../sealed-values/sealed-values.ts';
import type { KeyColumns } from '../users/user-keys.ts';
import type { ResolvedOwner } from '../users/user.repository.ts';
import { SsoIdentifierEntity } from './sso-identifier.entity.ts';

export type FoundIdentifier = Pick<SsoIdentifierEntity, 'userId' | 'sealedValue' | 'keyId' | 'updatedAt'> &
  KeyColumns;

@Injectable()
export class SsoIdentifierRepository {
  constructor(private readonly database: Database) {}

  async find(appId: string, usernameKey: string): Promise<FoundIdentifier | undefined> {
    const [row] = await this.database.query<FoundIdentifier>(
      // with its key, in one statement: neither can change in between
      `SELECT i.user_id AS "userId", i.sealed_value AS "sealedValue", i.key_id AS "keyId",
         i.updated_at AS "updatedAt", u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek"
       FROM sso_identifiers i JOIN users u ON u.app_id = i.app_id AND u.user_id = i.user_id
       WHERE i.app_id = $1 AND i.username_key = $2`,
      [appId, usernameKey],
    );
    return row;
  }

  async put(tx: Tx, owner: ResolvedOwner, value: SealedValue): Promise<void> {
    await tx.query(
      `INSERT INTO sso_identifiers (app_id, username_key, user_id, sealed_value, key_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (app_id, username_key) DO UPDATE SET user_id = excluded.user_id,
         sealed_value = excluded.sealed_value, key_id = excluded.key_id, updated_at = clock_timestamp()`,
      [owner.appId, owner.usernameKey, owner.userId, value.sealedValue, value.keyId],
    );
  }

  /** True if there was one. */
  async delete(appId: string, usernameKey: string): Promise<boolean> {
    const rows = await this.database.query(
      'DELETE FROM sso_identifiers WHERE app_id = $1 AND username_key = $2 RETURNING user_id',
      [appId, usernameKey],
    );
    return rows.length === 1;
  }

  async eraseUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.manager.delete(SsoIdentifierEntity, { appId, userId });
  }
}
