import { createTestDatabase } from '@countersign/testing';
import { Database, type DatabaseOptions } from '../src/index.ts';

/** A migrated database of a spec file's own, and how to be rid of it. */
export async function openTestDatabase(label: string, options: Partial<DatabaseOptions> = {}) {
  const server = await createTestDatabase(label);
  const open = (more: Partial<DatabaseOptions> = {}) =>
    Database.open({
      url: server.url,
      applicationName: label,
      entities: [],
      migrations: [],
      ...options,
      ...more,
    });
  const db = await open();
  await db.migrate();
  const close = async () => {
    await db.close();
    await server.drop();
  };
  return { db, url: server.url, open, close };
}
