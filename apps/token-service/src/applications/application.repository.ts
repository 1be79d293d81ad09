import { type Application, applicationSettings } from '@countersign/contracts';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ApplicationEntity } from './application.entity.ts';
import type { SetSettings } from './settings.decide.ts';

const COLUMNS = `app_id AS "appId", name, settings, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Applications and the host names that lead to them. */
@Injectable()
export class ApplicationRepository {
  constructor(private readonly database: Database) {}

  async find(appId: string): Promise<ApplicationEntity | undefined> {
    const rows = await this.database.query<ApplicationEntity>(
      `SELECT ${COLUMNS} FROM applications WHERE app_id = $1`,
      [appId.toLowerCase()],
    );
    return rows[0];
  }

  /** The application that an exact host name carries. */
  async findByHost(host: string): Promise<ApplicationEntity | undefined> {
    const rows = await this.database.query<ApplicationEntity>(
      `SELECT ${COLUMNS} FROM applications WHERE app_id = (SELECT app_id FROM application_hosts WHERE host = $1)`,
      [host.toLowerCase()],
    );
    return rows[0];
  }

  /** Up to `limit` applications in order of their ids, from the first after `after`. */
  list(after: string, limit: number): Promise<ApplicationEntity[]> {
    return this.database.query<ApplicationEntity>(
      `SELECT ${COLUMNS} FROM applications WHERE app_id > $1 ORDER BY app_id LIMIT $2`,
      [after, limit],
    );
  }

  /** The row, or undefined where the id is taken. A concurrent insert of the same id is waited for. */
  insert(tx: Tx, appId: string, name: string, settings: SetSettings): Promise<ApplicationEntity | undefined> {
    return tx.one<ApplicationEntity>(
      `INSERT INTO applications (app_id, name, settings) VALUES ($1, $2, $3::jsonb)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [appId, name, JSON.stringify(settings)],
    );
  }

  /** The row, locked until the transaction ends, so that two changes of settings follow each other. */
  lock(tx: Tx, appId: string): Promise<ApplicationEntity | undefined> {
    return tx.one<ApplicationEntity>(`SELECT ${COLUMNS} FROM applications WHERE app_id = $1 FOR UPDATE`, [
      appId,
    ]);
  }

  async update(tx: Tx, appId: string, name: string, settings: SetSettings): Promise<ApplicationEntity> {
    const row = await tx.one<ApplicationEntity>(
      `UPDATE applications SET name = $2, settings = $3::jsonb, updated_at = now() WHERE app_id = $1 RETURNING ${COLUMNS}`,
      [appId, name, JSON.stringify(settings)],
    );
    if (!row) throw new Error('the locked application is gone');
    return row;
  }

  /** Makes `hosts` the application's host names. Throws QueryFailed (23505) where one leads to another application. */
  async setHosts(tx: Tx, appId: string, hosts: string[]): Promise<void> {
    await tx.query('DELETE FROM application_hosts WHERE app_id = $1 AND host <> ALL ($2::text[])', [
      appId,
      hosts,
    ]);
    await tx.query(
      `INSERT INTO application_hosts (host, app_id)
       SELECT host, $1 FROM unnest($2::text[]) AS host
       WHERE NOT EXISTS (SELECT 1 FROM application_hosts h WHERE h.host = host AND h.app_id = $1)`,
      [appId, hosts],
    );
  }
}

/** The application with every setting: what was set, and the defaults of the rest. */
export const toApplication = (row: Pick<ApplicationEntity, 'appId' | 'name' | 'settings'>): Application => ({
  appId: row.appId,
  name: row.name,
  settings: applicationSettings.parse(row.settings),
});
