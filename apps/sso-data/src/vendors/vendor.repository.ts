import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** A vendor of an application. Its handler's address is for management only: users never see it. */
export interface Vendor {
  vendor: string;
  name: string;
  /** As registered. */
  handlerUrl: string;
  endUserErrorMessage?: string;
  /** Of the install plan. */
  uiTextPrefix?: string;
  installedAt?: Date;
  updatedAt: Date;
}

type Row = {
  [K in keyof Vendor]-?: undefined extends Vendor[K] ? Exclude<Vendor[K], undefined> | null : Vendor[K];
};

const COLUMNS = `vendor, name, handler_url AS "handlerUrl", end_user_error_message AS "endUserErrorMessage",
  ui_text_prefix AS "uiTextPrefix", installed_at AS "installedAt", updated_at AS "updatedAt"`;

@Injectable()
export class VendorRepository {
  constructor(private readonly database: Database) {}

  async find(
    appId: string,
    vendor: string,
    on: Pick<Database, 'query'> = this.database,
  ): Promise<Vendor | undefined> {
    const [row] = await on.query<Row>(`SELECT ${COLUMNS} FROM vendors WHERE app_id = $1 AND vendor = $2`, [
      appId,
      vendor,
    ]);
    return row && vendorOf(row);
  }

  /** Up to `limit` vendors by id, from the first one after `after`. */
  async list(appId: string, after: string | undefined, limit: number): Promise<Vendor[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM vendors WHERE app_id = $1 AND ($2::text IS NULL OR vendor > $2)
       ORDER BY vendor LIMIT $3`,
      [appId, after ?? null, limit],
    );
    return rows.map(vendorOf);
  }

  /** Holds the vendor alone: waits for writes of its values that are under way, and later ones wait. */
  async holdAlone(tx: Tx, appId: string, vendor: string): Promise<Vendor | undefined> {
    const row = await tx.one<Row>(
      `SELECT ${COLUMNS} FROM vendors WHERE app_id = $1 AND vendor = $2 FOR UPDATE`,
      [appId, vendor],
    );
    return row && vendorOf(row);
  }

  /** How many an application has without this one. Under the lock of its definitions. */
  async countOthers(tx: Tx, appId: string, vendor: string): Promise<number> {
    const row = await tx.one<{ others: number }>(
      'SELECT count(*)::int AS others FROM vendors WHERE app_id = $1 AND vendor <> $2',
      [appId, vendor],
    );
    return row?.others ?? 0;
  }

  /** Creates it or replaces these members; what the plan set stays. */
  async put(
    tx: Tx,
    appId: string,
    {
      vendor,
      name,
      handlerUrl,
      endUserErrorMessage,
    }: Omit<Vendor, 'uiTextPrefix' | 'installedAt' | 'updatedAt'>,
  ): Promise<Vendor> {
    const row = await tx.one<Row>(
      `INSERT INTO vendors (app_id, vendor, name, handler_url, end_user_error_message) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (app_id, vendor) DO UPDATE SET name = excluded.name, handler_url = excluded.handler_url,
         end_user_error_message = excluded.end_user_error_message, updated_at = clock_timestamp()
       RETURNING ${COLUMNS}`,
      [appId, vendor, name, handlerUrl, endUserErrorMessage ?? null],
    );
    return vendorOf(row as Row);
  }

  /** Whether users have values of it. */
  async hasValues(tx: Tx, appId: string, vendor: string): Promise<boolean> {
    const row = await tx.one<{ has: boolean }>(
      'SELECT EXISTS (SELECT FROM third_party_data WHERE app_id = $1 AND vendor = $2) AS has',
      [appId, vendor],
    );
    return row?.has === true;
  }

  /** Removes it. A value or plan that still refers to it is a fault (23503). */
  async delete(tx: Tx, appId: string, vendor: string): Promise<void> {
    await tx.query('DELETE FROM vendors WHERE app_id = $1 AND vendor = $2', [appId, vendor]);
  }
}

// columns that are NULL are members that are absent
const vendorOf = (row: Row): Vendor =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Vendor;
