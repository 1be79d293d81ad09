import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** What a value needs to be there: its vendor and its element. The database is asked, not what an instance keeps. */
@Injectable()
export class ThirdPartyTargets {
  constructor(private readonly database: Database) {}

  /**
   * Which of the two is missing, the vendor first. With a transaction both are held until it ends, beside other writers,
   * so that none of them goes meanwhile and the write fails by foreign key.
   */
  async missing(
    appId: string,
    vendor: string,
    element: string,
    tx?: Pick<Database, 'query'>,
  ): Promise<'vendor' | 'element' | undefined> {
    const held = tx ? 'FOR KEY SHARE' : '';
    const [row] = await (tx ?? this.database).query<{ vendor: boolean | null; element: boolean | null }>(
      `SELECT (SELECT true FROM vendors WHERE app_id = $1 AND vendor = $2 ${held}) AS vendor,
         (SELECT true FROM third_party_data_elements WHERE app_id = $1 AND name = $3 ${held}) AS element`,
      [appId, vendor, element],
    );
    if (!row?.vendor) return 'vendor';
    return row.element ? undefined : 'element';
  }

  async hasVendor(appId: string, vendor: string): Promise<boolean> {
    const rows = await this.database.query('SELECT 1 FROM vendors WHERE app_id = $1 AND vendor = $2', [
      appId,
      vendor,
    ]);
    return rows.length === 1;
  }
}
