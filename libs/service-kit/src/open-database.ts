import { setTimeout as pause } from 'node:timers/promises';
import { Database, type DatabaseOptions, DatabaseUnavailable } from '@countersign/persistence';
import type { Logger } from './logs.ts';

const PATIENCE_MS = 30_000;

/**
 * Opens and migrates a service's database. One that does not answer yet is asked again for 30 s: services and their
 * databases start side by side, and a machine that starts them all is slow just then. Throws DatabaseUnavailable.
 */
export async function openDatabase(options: DatabaseOptions, logger: Logger): Promise<Database> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    let database: Database | undefined;
    try {
      database = await Database.open(options);
      const applied = await database.migrate();
      if (applied.length > 0) logger.info({ applied }, 'migrated');
      return database;
    } catch (error) {
      await database?.close();
      if (!(error instanceof DatabaseUnavailable) || performance.now() > end) throw error;
      logger.warn({ err: error }, 'the database does not answer yet');
      await pause(250);
    }
  }
}
