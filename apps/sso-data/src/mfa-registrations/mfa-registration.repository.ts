import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SealedValue } from '../sealed-values/sealed-values.ts';
import type { KeyColumns } from '../users/user-keys.ts';
import type { ResolvedOwner } from '../users/user.repository.ts';
import { MfaRegistrationEntity } from './mfa-registration.entity.ts';

export type FoundRegistration = Pick<
  MfaRegistrationEntity,
  'provider' | 'userId' | 'sealedValue' | 'keyId' | 'updatedAt'
> &
  KeyColumns;

// with their key, in one statement: neither can change in between
const SELECT = `SELECT r.provider, r.user_id AS "userId", r.sealed_value AS "sealedValue", r.key_id AS "keyId",
    r.updated_at AS "updatedAt", u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek"
  FROM mfa_registrations r JOIN users u ON u.app_id = r.app_id AND u.user_id = r.user_id`;

@Injectable()
export class MfaRegistrationRepository {
  constructor(private readonly database: Database) {}

  async find(appId: string, usernameKey: string, provider: string): Promise<FoundRegistration | undefined> {
    const [row] = await this.database.query<FoundRegistration>(
      `${SELECT} WHERE r.app_id = $1 AND r.username_key = $2 AND r.provider = $3`,
      [appId, usernameKey, provider],
    );
    return row;
  }

  /** Up to `limit` registrations by name of provider, from the first one after `after`. */
  list(
    appId: string,
    usernameKey: string,
    after: string | undefined,
    limit: number,
  ): Promise<FoundRegistration[]> {
    return this.database.query<FoundRegistration>(
      `${SELECT} WHERE r.app_id = $1 AND r.username_key = $2 AND ($3::text IS NULL OR r.provider > $3)
       ORDER BY r.provider LIMIT $4`,
      [appId, usernameKey, after ?? null, limit],
    );
  }

  /** How many a user has with other providers than this one. */
  async countOthers(tx: Tx, owner: ResolvedOwner, provider: string): Promise<number> {
    const row = await tx.one<{ others: number }>(
      `SELECT count(*)::int AS others FROM mfa_registrations
       WHERE app_id = $1 AND username_key = $2 AND provider <> $3`,
      [owner.appId, owner.usernameKey, provider],
    );
    return row?.others ?? 0;
  }

  async put(tx: Tx, owner: ResolvedOwner, provider: string, value: SealedValue): Promise<void> {
    await tx.query(
      `INSERT INTO mfa_registrations (app_id, username_key, provider, user_id, sealed_value, key_id)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (app_id, username_key, provider) DO UPDATE SET user_id = excluded.user_id,
         sealed_value = excluded.sealed_value, key_id = excluded.key_id, updated_at = clock_timestamp()`,
      [owner.appId, owner.usernameKey, provider, owner.userId, value.sealedValue, value.keyId],
    );
  }

  /** True if there was one. */
  async delete(appId: string, usernameKey: string, provider: string): Promise<boolean> {
    const rows = await this.database.query(
      `DELETE FROM mfa_registrations WHERE app_id = $1 AND username_key = $2 AND provider = $3 RETURNING user_id`,
      [appId, usernameKey, provider],
    );
    return rows.length === 1;
  }

  async eraseUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.manager.delete(MfaRegistrationEntity, { appId, userId });
  }
}
