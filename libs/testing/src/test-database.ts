import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of a test file's own. */
export interface TestDatabase {
  name: string;
  /** postgres:// URL with user and password. */
  url: string;
  /** Removes the database, also from under connections that are still open. Safe to call twice. */
  drop(): Promise<void>;
}

/**
 * Makes an empty database on `server` (a superuser's URL), or on that of `TEST_DATABASE_URL`, set by `npm test`.
 * `label` stands in the name, so that a left-over says whose it is. Throws where the variable is missing.
 */
export async function createTestDatabase(
  label: string,
  server = process.env.TEST_DATABASE_URL,
): Promise<TestDatabase> {
  if (!server)
    throw new Error('TEST_DATABASE_URL is not set: run `npm test -- <path>`, which starts a Postgres');
  const safe = label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 30);
  const name = `test_${safe}_${randomBytes(5).toString('hex')}`;
  // from template0: nobody is ever connected to it, so that parallel files do not wait for each other
  await run(server, `CREATE DATABASE "${name}" TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: () => run(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}

async function run(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
