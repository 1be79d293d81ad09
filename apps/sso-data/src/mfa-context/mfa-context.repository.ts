import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SealedValue } from '../sealed-values/sealed-values.ts';
import type { KeyColumns } from '../users/user-keys.ts';

/** A value of a user; `provider` is null on the SSO identifier. */
export interface ContextValue extends SealedValue, KeyColumns {
  provider: string | null;
  userId: string;
}

@Injectable()
export class MfaContextRepository {
  constructor(private readonly database: Database) {}

  /** Everything of the user of that name, in one statement: a person waits. With `userId`, only that user's. */
  values(appId: string, usernameKey: string, userId: string | undefined): Promise<ContextValue[]> {
    const columns = 'app_id, user_id, sealed_value, key_id';
    const owner = 'app_id = $1 AND username_key = $2 AND ($3::text IS NULL OR user_id = $3)';
    return this.database.query<ContextValue>(
      `SELECT v.provider, v.user_id AS "userId", v.sealed_value AS "sealedValue", v.key_id AS "keyId",
         u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek"
       FROM (SELECT NULL AS provider, ${columns} FROM sso_identifiers WHERE ${owner}
         UNION ALL SELECT provider, ${columns} FROM mfa_registrations WHERE ${owner}) v
         JOIN users u ON u.app_id = v.app_id AND u.user_id = v.user_id`,
      [appId, usernameKey, userId ?? null],
    );
  }
}
