import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SealedValue } from '../sealed-values/sealed-values.ts';

/** A value of a user; `provider` is null on the SSO identifier. */
export interface ContextValue extends SealedValue {
  provider: string | null;
  userId: string;
}

@Injectable()
export class MfaContextRepository {
  constructor(private readonly database: Database) {}

  /** Everything of the user of that name, in one statement: a person waits. With `userId`, only that user's. */
  values(appId: string, usernameKey: string, userId: string | undefined): Promise<ContextValue[]> {
    const columns = 'user_id AS "userId", sealed_value AS "sealedValue", key_id AS "keyId"';
    const owner = 'app_id = $1 AND username_key = $2 AND ($3::text IS NULL OR user_id = $3)';
    return this.database.query<ContextValue>(
      `SELECT NULL AS provider, ${columns} FROM sso_identifiers WHERE ${owner}
       UNION ALL SELECT provider, ${columns} FROM mfa_registrations WHERE ${owner}`,
      [appId, usernameKey, userId ?? null],
    );
  }
}
