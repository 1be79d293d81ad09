import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SealedValue } from '../sealed-values/sealed-values.ts';
import type { KeyColumns } from '../users/user-keys.ts';

/** A vendor and what is kept of a user for it, as one statement found it. */
export interface LaunchRow extends KeyColumns {
  handlerUrl: string;
  /** As of when the vendor is as it was found. */
  vendorAsOf: string;
  endUserErrorMessage: string | null;
  uiTextPrefix: string | null;
  /** Who had the name when it was last written about; null for somebody new. */
  userId: string | null;
  identifier: SealedValue | null;
  values: { element: string; sealedValue: string; version: string }[];
}

/** The vendor that was asked. */
export interface AskedVendor {
  vendor: string;
  asOf: string;
}

@Injectable()
export class LaunchRepository {
  constructor(private readonly database: Database) {}

  /** All that a launch needs, in one read; undefined where there is no such vendor. */
  async find(appId: string, vendor: string, usernameKey: string): Promise<LaunchRow | undefined> {
    const [row] = await this.database.query<LaunchRow>(
      `SELECT v.handler_url AS "handlerUrl", v.updated_at::text AS "vendorAsOf", v.end_user_error_message AS "endUserErrorMessage",
         v.ui_text_prefix AS "uiTextPrefix", u.user_id AS "userId", u.data_key AS "dataKey",
         u.data_key_kek AS "dataKeyKek",
         CASE WHEN i.user_id IS NULL THEN NULL
           ELSE jsonb_build_object('sealedValue', i.sealed_value, 'keyId', i.key_id) END AS identifier,
         COALESCE((SELECT jsonb_agg(jsonb_build_object(
             'element', d.element, 'sealedValue', d.sealed_value, 'version', d.version::text))
           FROM third_party_data d
           WHERE d.app_id = v.app_id AND d.user_id = u.user_id AND d.vendor = v.vendor), '[]') AS values
       FROM vendors v
       LEFT JOIN LATERAL (
         SELECT user_id, data_key, data_key_kek FROM users
         WHERE app_id = v.app_id AND username_key = $3 AND erased_at IS NULL
         ORDER BY resolved_at DESC LIMIT 1) u ON true
       LEFT JOIN sso_identifiers i ON i.app_id = v.app_id AND i.username_key = $3 AND i.user_id = u.user_id
       WHERE v.app_id = $1 AND v.vendor = $2`,
      [appId, vendor, usernameKey],
    );
    return row;
  }
  /**
   * Holds the vendor and those of the elements that are there, until the transaction ends, beside other writers: an
   * uninstall waits, and a value is never written for what is gone. Answers which elements are; undefined: the vendor is
   * gone, or another one than was asked (another address under the same id is another partner).
   */
  async hold(
    tx: Tx,
    appId: string,
    { vendor, asOf }: AskedVendor,
    elements: readonly string[],
  ): Promise<Set<string> | undefined> {
    const there = await tx.query(
      'SELECT vendor FROM vendors WHERE app_id = $1 AND vendor = $2 AND updated_at::text = $3 FOR SHARE',
      [appId, vendor, asOf],
    );
    if (there.length === 0) return undefined;
    const rows = await tx.query<{ name: string }>(
      `SELECT name FROM third_party_data_elements WHERE app_id = $1 AND name = ANY ($2::text[])
       ORDER BY name FOR KEY SHARE`,
      [appId, elements],
    );
    return new Set(rows.map(({ name }) => name));
  }
}
