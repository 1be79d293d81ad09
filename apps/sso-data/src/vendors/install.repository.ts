import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** Plans of vendors: all under the lock of the application's definitions. */
@Injectable()
export class InstallRepository {
  /** Names of the elements that the vendor's plan names, in order. */
  async named(tx: Tx, appId: string, vendor: string): Promise<string[]> {
    const rows = await tx.query<{ element: string }>(
      'SELECT element FROM vendor_elements WHERE app_id = $1 AND vendor = $2 ORDER BY element',
      [appId, vendor],
    );
    return rows.map(({ element }) => element);
  }

  /** Adds elements to the plan. `made`: they were not there before it. */
  async name(
    tx: Tx,
    appId: string,
    vendor: string,
    elements: readonly { name: string; made: boolean }[],
  ): Promise<void> {
    await tx.query(
      `INSERT INTO vendor_elements (app_id, vendor, element, made)
       SELECT $1, $2, name, made FROM unnest($3::text[], $4::boolean[]) AS n (name, made)`,
      [appId, vendor, elements.map(({ name }) => name), elements.map(({ made }) => made)],
    );
  }

  /**
   * Takes elements out of the plan. What it made and another plan names counts as made by that one from now on: the last
   * plan that names an element takes it along.
   */
  async release(tx: Tx, appId: string, vendor: string, elements: readonly string[]): Promise<void> {
    await tx.query(
      `UPDATE vendor_elements SET made = true FROM (
         SELECT DISTINCT ON (o.element) o.vendor, o.element
         FROM vendor_elements mine
         JOIN vendor_elements o ON o.app_id = mine.app_id AND o.element = mine.element AND o.vendor <> mine.vendor
         WHERE mine.app_id = $1 AND mine.vendor = $2 AND mine.element = ANY ($3) AND mine.made
         ORDER BY o.element, o.vendor) AS heir
       WHERE vendor_elements.app_id = $1 AND vendor_elements.vendor = heir.vendor
         AND vendor_elements.element = heir.element`,
      [appId, vendor, elements],
    );
    await tx.query('DELETE FROM vendor_elements WHERE app_id = $1 AND vendor = $2 AND element = ANY ($3)', [
      appId,
      vendor,
      elements,
    ]);
  }

  /** Notes on the vendor that a plan is installed as of now, or none. */
  async note(
    tx: Tx,
    appId: string,
    vendor: string,
    plan: { installed: boolean; uiTextPrefix?: string | undefined },
  ): Promise<void> {
    await tx.query(
      `UPDATE vendors SET ui_text_prefix = $3, installed_at = CASE WHEN $4 THEN clock_timestamp() END,
         updated_at = clock_timestamp()
       WHERE app_id = $1 AND vendor = $2`,
      [appId, vendor, plan.uiTextPrefix ?? null, plan.installed],
    );
  }
}
