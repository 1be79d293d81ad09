import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { SERVICE_KEY_ID, USER_KEY_ID } from '../sealed-values/sealed-values.ts';
import type { KeyColumns } from './user-keys.ts';

/** A user who is held, with their key if there is one. */
export interface HeldUser extends KeyColumns {
  appId: string;
  userId: string;
}

/** A value that is sealed with the service's key; `provider` is null on the SSO identifier. */
export interface OldValue {
  appId: string;
  userId: string;
  usernameKey: string;
  provider: string | null;
  sealedValue: string;
}

/** The same, sealed with the user's own key. */
export interface AdoptedValue extends OldValue {
  adopted: string;
}

const OLD = `key_id = '${SERVICE_KEY_ID}'`;
const SOME = `WHERE ${OLD} AND app_id || ':' || user_id <> ALL ($1::text[]) ORDER BY app_id, user_id LIMIT $2`;

@Injectable()
export class ValueAdoptionRepository {
  /** Holds users who have such values, but not those of `aside` (`appId:userId`) or held by others. */
  lockUsers(tx: Tx, aside: readonly string[], limit: number): Promise<HeldUser[]> {
    return tx.query<HeldUser>(
      `SELECT app_id AS "appId", user_id AS "userId", data_key AS "dataKey", data_key_kek AS "dataKeyKek"
       FROM users WHERE erased_at IS NULL AND (app_id, user_id) IN (
         (SELECT app_id, user_id FROM sso_identifiers ${SOME})
         UNION (SELECT app_id, user_id FROM mfa_registrations ${SOME}))
       FOR UPDATE SKIP LOCKED`,
      [aside, limit],
    );
  }

  /** Those values of users who are held. */
  values(tx: Tx, users: readonly HeldUser[]): Promise<OldValue[]> {
    const columns = `app_id AS "appId", user_id AS "userId", username_key AS "usernameKey", sealed_value AS "sealedValue"`;
    const theirs = `${OLD} AND (app_id, user_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
    return tx.query<OldValue>(
      `SELECT NULL AS provider, ${columns} FROM sso_identifiers WHERE ${theirs}
       UNION ALL SELECT provider, ${columns} FROM mfa_registrations WHERE ${theirs}`,
      [users.map(({ appId }) => appId), users.map(({ userId }) => userId)],
    );
  }

  /**
   * Writes them. One that was deleted meanwhile stays deleted: deleting waits for nobody, writing waits for the user's
   * row. `updated_at` is the value's, not the key's.
   */
  async set(tx: Tx, values: readonly AdoptedValue[]): Promise<void> {
    const identifiers = values.filter(({ provider }) => provider === null);
    const registrations = values.filter(({ provider }) => provider !== null);
    await this.update(tx, 'sso_identifiers', identifiers, '');
    await this.update(tx, 'mfa_registrations', registrations, 'AND t.provider = n.provider');
  }

  private async update(
    tx: Tx,
    table: 'sso_identifiers' | 'mfa_registrations',
    values: readonly AdoptedValue[],
    same: string,
  ): Promise<void> {
    if (values.length === 0) return;
    await tx.query(
      `UPDATE ${table} t SET sealed_value = n.adopted, key_id = '${USER_KEY_ID}'
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
         AS n (app_id, username_key, provider, adopted)
       WHERE t.app_id = n.app_id AND t.username_key = n.username_key ${same}`,
      [
        values.map(({ appId }) => appId),
        values.map(({ usernameKey }) => usernameKey),
        values.map(({ provider }) => provider),
        values.map(({ adopted }) => adopted),
      ],
    );
  }
}
