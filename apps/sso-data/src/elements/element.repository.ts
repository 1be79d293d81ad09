import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { ElementDefinition } from './element-definitions.ts';
import { isDelivered } from './element.schemas.ts';

/** A row of `third_party_data_elements`, without whose it is. */
export interface ElementRow {
  name: string;
  description: string;
  updatedAt: Date;
}

const COLUMNS = `name, description, updated_at AS "updatedAt"`;

@Injectable()
export class ElementRepository {
  constructor(private readonly database: Database) {}

  async find(
    appId: string,
    name: string,
    on: Pick<Database, 'query'> = this.database,
  ): Promise<ElementRow | undefined> {
    const [row] = await on.query<ElementRow>(
      `SELECT ${COLUMNS} FROM third_party_data_elements WHERE app_id = $1 AND name = $2`,
      [appId, name],
    );
    return row;
  }

  /** Up to `limit` elements by name, from the first one after `after`. */
  list(appId: string, after: string | undefined, limit: number): Promise<ElementRow[]> {
    return this.database.query<ElementRow>(
      `SELECT ${COLUMNS} FROM third_party_data_elements
       WHERE app_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3`,
      [appId, after ?? null, limit],
    );
  }

  /** All of an application's, by name: 500 at most. */
  async all(appId: string): Promise<ElementDefinition[]> {
    const rows = await this.database.query<Pick<ElementRow, 'name' | 'description'>>(
      'SELECT name, description FROM third_party_data_elements WHERE app_id = $1 ORDER BY name',
      [appId],
    );
    return rows.map(({ name, description }) => ({ name, description, delivered: isDelivered(name) }));
  }

  /** One change at a time to what an application has defined, until the transaction ends. */
  async lockDefinitions(tx: Tx, appId: string): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`definitions:${appId}`]);
  }

  /** How many an application has without those of these names. Under {@link lockDefinitions}. */
  async countOthers(tx: Tx, appId: string, names: readonly string[]): Promise<number> {
    const row = await tx.one<{ others: number }>(
      `SELECT count(*)::int AS others FROM third_party_data_elements WHERE app_id = $1 AND name <> ALL ($2)`,
      [appId, names],
    );
    return row?.others ?? 0;
  }

  /** Those of these names that are defined. */
  named(tx: Tx, appId: string, names: readonly string[]): Promise<ElementRow[]> {
    return tx.query<ElementRow>(
      `SELECT ${COLUMNS} FROM third_party_data_elements WHERE app_id = $1 AND name = ANY ($2)`,
      [appId, names],
    );
  }

  /** Defines them, or gives them these descriptions. One that is the same already stays untouched. */
  async put(
    tx: Tx,
    appId: string,
    elements: readonly { name: string; description: string }[],
  ): Promise<void> {
    await tx.query(
      `INSERT INTO third_party_data_elements AS e (app_id, name, description)
       SELECT $1, name, description FROM unnest($2::text[], $3::text[]) AS n (name, description) ORDER BY name
       ON CONFLICT (app_id, name) DO UPDATE
         SET description = excluded.description, updated_at = clock_timestamp()
         WHERE e.description <> excluded.description`,
      [appId, elements.map(({ name }) => name), elements.map(({ description }) => description)],
    );
  }

  /**
   * Holds elements until the transaction ends: writes of their values that are under way are waited for, and later ones
   * wait. Statements after it see what those wrote.
   */
  async holdAlone(tx: Tx, appId: string, names: readonly string[]): Promise<void> {
    await tx.query(
      `SELECT FROM third_party_data_elements WHERE app_id = $1 AND name = ANY ($2) ORDER BY name FOR UPDATE`,
      [appId, names],
    );
  }

  /** Whether users have values of it, or a vendor's plan names it. */
  async isUsed(tx: Tx, appId: string, name: string): Promise<boolean> {
    const row = await tx.one<{ used: boolean }>(
      `SELECT EXISTS (SELECT FROM third_party_data WHERE app_id = $1 AND element = $2)
           OR EXISTS (SELECT FROM vendor_elements WHERE app_id = $1 AND element = $2) AS used`,
      [appId, name],
    );
    return row?.used === true;
  }

  /** Removes definitions. A value or plan that still refers to one is a fault (23503). */
  async delete(tx: Tx, appId: string, names: readonly string[]): Promise<void> {
    await tx.query('DELETE FROM third_party_data_elements WHERE app_id = $1 AND name = ANY ($2)', [
      appId,
      names,
    ]);
  }
}
