import { createHash } from 'node:crypto';
import pg from 'pg';
import { QueryFailed } from './database-errors.ts';
import { toDatabaseError } from './database-faults.ts';

/** One step of a schema. Once released it never changes; what is wrong is put right by a later one. */
export interface Migration {
  /** Unique within its database, such as `0001-flows`. */
  name: string;
  /** SQL, may hold several statements; runs in a transaction that is not its own to end. */
  up: string;
}

/** The schema and the code do not fit: a migration fails, was changed after it was applied, or two have one name. */
export class MigrationRefused extends Error {
  override name = 'MigrationRefused';
}

/** Says at start what would fail later: names must be there and differ. */
export function checkMigrations(migrations: Migration[]): void {
  const names = new Set<string>();
  for (const { name } of migrations) {
    if (!/^[\w.-]{1,100}$/.test(name))
      throw new MigrationRefused(`not a migration name: ${JSON.stringify(name)}`);
    if (names.has(name)) throw new MigrationRefused(`two migrations are named ${name}`);
    names.add(name);
  }
}

/**
 * Applies what is missing, in the given order, each in a transaction, and answers the names applied. Processes
 * that start together wait for each other on an advisory lock. Migrations that are recorded but not given are
 * left alone: they are those of newer code (expand, then contract).
 */
export async function applyMigrations(settings: pg.ClientConfig, migrations: Migration[]): Promise<string[]> {
  const client = new pg.Client(settings);
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`SELECT pg_advisory_lock(hashtextextended('countersign/migrations', 0))`);
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
    const recorded = await checksums(client);
    const missing: Migration[] = [];
    for (const migration of migrations) {
      const known = recorded.get(migration.name);
      if (known === undefined) missing.push(migration);
      else if (known !== checksum(migration)) {
        throw new MigrationRefused(`migration ${migration.name} was changed after it had been applied`);
      }
    }
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    // ends the session and with it the lock and an open transaction
    await client.end().catch(() => {});
  }
}

async function checksums(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  try {
    await client.query(migration.up);
  } catch (error) {
    const cause = toDatabaseError(error);
    if (!(cause instanceof QueryFailed)) throw cause;
    throw new MigrationRefused(`migration ${migration.name} failed: ${cause.message}`, { cause });
  }
  const after = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  if (after.rows[0]?.id !== rows[0]?.id) {
    throw new MigrationRefused(`migration ${migration.name} ends its transaction itself`);
  }
  await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
    migration.name,
    checksum(migration),
  ]);
  await client.query('COMMIT');
}

// Line endings and outer white space do not count: a checkout on another system is the same migration.
const checksum = ({ up }: Migration): string =>
  createHash('sha256').update(up.replaceAll('\r\n', '\n').trim()).digest('hex');
