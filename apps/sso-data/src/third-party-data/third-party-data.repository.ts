import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { ValueOwner } from '../sealed-values/sealed-values.ts';
import { type KeyColumns, type WrappedKey, wrappedKeyOf } from '../users/user-keys.ts';
import { SEALED_MAX, VALUES_MAX } from './third-party-data.schemas.ts';

/** Whose values: all that rows are found by. */
export interface DataOwner {
  appId: string;
  userId: string;
}

/** Whose value it is and which, in the form in which it is sealed. Vendors hold no colon, so no two values have one form. */
export const valueOwner = ({ appId, userId }: DataOwner, vendor: string, element: string): ValueOwner => ({
  appId,
  userId,
  kind: `third-party-data:${vendor}:${element}`,
});

/** A value as it lies in a row, sealed with the user's own key. */
export interface FoundValue {
  vendor: string;
  element: string;
  sealedValue: string;
  /** Another with each write, and never one that was before. */
  version: string;
  updatedAt: Date;
}

/** A value with what its element is. */
export interface DescribedValue extends FoundValue {
  description: string;
}

/** A user and values of them, by vendor and element. `wrapped` is absent where nothing was ever sealed. */
export interface FoundUser<Value = FoundValue> {
  userId: string;
  wrapped: WrappedKey | undefined;
  values: Value[];
}

interface UserRow extends KeyColumns {
  userId: string;
}
/** A row of the join: a user without values is one row without a value. */
type JoinedRow<Value = FoundValue> = UserRow & (Value | { vendor: null });

const COLUMNS = `u.user_id AS "userId", u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek",
  d.vendor, d.element, d.sealed_value AS "sealedValue", d.version::text, d.updated_at AS "updatedAt"`;

@Injectable()
export class ThirdPartyDataRepository {
  constructor(private readonly database: Database) {}

  /** The user whose name this is, with all values, in one SELECT. Undefined: nothing was ever written for the name. */
  async ofUser(appId: string, usernameKey: string): Promise<FoundUser | undefined> {
    const rows = await this.database.query<JoinedRow>(
      `SELECT ${COLUMNS} FROM users u LEFT JOIN third_party_data d ON d.app_id = u.app_id AND d.user_id = u.user_id
       WHERE u.app_id = $1 AND u.erased_at IS NULL AND u.username_key = $2
       ORDER BY u.resolved_at DESC, u.user_id, d.vendor, d.element`,
      [appId, usernameKey],
      'third-party-data-of-name',
    );
    return foundUser(rows);
  }

  /** Up to `limit` of a user's own values with what they are, by vendor and element, from the first one after `after`. */
  async pageOf(
    { appId, userId }: DataOwner,
    after: readonly [vendor: string, element: string] | undefined,
    limit: number,
  ): Promise<FoundUser<DescribedValue> | undefined> {
    const rows = await this.database.query<JoinedRow<DescribedValue>>(
      `SELECT ${COLUMNS}, e.description
       FROM users u LEFT JOIN third_party_data d ON d.app_id = u.app_id AND d.user_id = u.user_id
         AND ($3::text IS NULL OR (d.vendor, d.element) > ($3, $4))
       LEFT JOIN third_party_data_elements e ON e.app_id = d.app_id AND e.name = d.element
       WHERE u.app_id = $1 AND u.user_id = $2 AND u.erased_at IS NULL
       ORDER BY d.vendor, d.element LIMIT $5`,
      [appId, userId, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return foundUser(rows);
  }

  /** Holds the user of that name until the transaction ends, so that no write runs beside it. Undefined: nobody known. */
  async holdName(tx: Tx, appId: string, usernameKey: string): Promise<string | undefined> {
    const row = await tx.one<{ userId: string }>(
      `SELECT user_id AS "userId" FROM users WHERE app_id = $1 AND username_key = $2 AND erased_at IS NULL
       ORDER BY resolved_at DESC, user_id LIMIT 1 FOR UPDATE`,
      [appId, usernameKey],
    );
    return row?.userId;
  }

  /**
   * Adds or replaces values of one vendor, in one statement; each write gives another version. Vendor and elements must
   * be there ({@link ThirdPartyTargets}), else it fails by foreign key.
   */
  async put(
    tx: Tx,
    { appId, userId }: DataOwner,
    vendor: string,
    values: readonly { element: string; sealedValue: string }[],
  ): Promise<void> {
    if (values.length === 0) return;
    await tx.query(
      `INSERT INTO third_party_data (app_id, user_id, vendor, element, sealed_value)
       SELECT $1, $2, $3, element, sealed_value FROM unnest($4::text[], $5::text[]) AS given (element, sealed_value)
       ON CONFLICT (app_id, user_id, vendor, element) DO UPDATE SET sealed_value = excluded.sealed_value,
         version = nextval('third_party_data_versions'), updated_at = clock_timestamp()`,
      [
        appId,
        userId,
        vendor,
        values.map(({ element }) => element),
        values.map(({ sealedValue }) => sealedValue),
      ],
      'third-party-data-put',
    );
  }

  /** Versions of those of the elements that have a value now. */
  async versions(
    tx: Tx,
    { appId, userId }: DataOwner,
    vendor: string,
    elements: readonly string[],
  ): Promise<Map<string, string>> {
    const rows = await tx.query<{ element: string; version: string }>(
      `SELECT element, version::text FROM third_party_data
       WHERE app_id = $1 AND user_id = $2 AND vendor = $3 AND element = ANY ($4::text[])`,
      [appId, userId, vendor, elements],
      'third-party-data-versions',
    );
    return new Map(rows.map(({ element, version }) => [element, version]));
  }

  /** Whether there is room for these values of a vendor beside the user's others: all of them are read together. */
  async hasRoom(
    tx: Tx,
    { appId, userId }: DataOwner,
    vendor: string,
    values: readonly { element: string; sealedValue: string }[],
  ): Promise<boolean> {
    const others = await tx.one<{ count: number; size: number }>(
      `SELECT count(*)::int AS count, coalesce(sum(length(sealed_value)), 0)::int AS size FROM third_party_data
       WHERE app_id = $1 AND user_id = $2 AND NOT (vendor = $3 AND element = ANY ($4::text[]))`,
      [appId, userId, vendor, values.map(({ element }) => element)],
      'third-party-data-room',
    );
    const size = values.reduce((sum, { sealedValue }) => sum + sealedValue.length, others?.size ?? 0);
    return (others?.count ?? 0) + values.length <= VALUES_MAX && size <= SEALED_MAX;
  }

  /** Deletes a user's values: of everybody, of one vendor, or one. Answers what there was. */
  delete(
    tx: Tx,
    { appId, userId }: DataOwner,
    which: { vendor?: string; element?: string } = {},
  ): Promise<{ vendor: string; element: string }[]> {
    return tx.query(
      `DELETE FROM third_party_data WHERE app_id = $1 AND user_id = $2
         AND ($3::text IS NULL OR vendor = $3) AND ($4::text IS NULL OR element = $4)
       RETURNING vendor, element`,
      [appId, userId, which.vendor ?? null, which.element ?? null],
    );
  }

  /** Forgets every value of a user. */
  async eraseUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.delete(tx, { appId, userId });
  }
}

/** One user out of rows of the join: the first, should a name still have a predecessor that is not erased yet. */
function foundUser<Value extends FoundValue>(rows: JoinedRow<Value>[]): FoundUser<Value> | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const { userId } = first;
  const values = rows.filter(
    (row): row is UserRow & Value & { vendor: string } => row.userId === userId && row.vendor !== null,
  );
  return { userId, wrapped: wrappedKeyOf(first), values };
}
