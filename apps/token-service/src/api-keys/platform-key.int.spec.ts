import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import { applicationsMigration } from '../migrations/0001-applications.ts';
import { apiKeysMigration } from '../migrations/0002-api-keys.ts';
import { ApiKeyEntity } from './api-key.entity.ts';
import { ensurePlatformKey } from './platform-key.ts';

let made: TestDatabase;
let database: Database;
let folder: string;
beforeEach(async () => {
  made = await createTestDatabase('platform-key');
  database = await Database.open({
    url: made.url,
    applicationName: 'platform-key',
    entities: [ApiKeyEntity],
    migrations: [applicationsMigration, apiKeysMigration],
  });
  await database.migrate();
  folder = await mkdtemp(join(tmpdir(), 'platform-key-'));
});
afterEach(async () => {
  await database?.close();
  await made?.drop();
  await rm(folder, { recursive: true, force: true });
});

const file = () => join(folder, 'key');
const hashes = async () =>
  (await database.query<{ key_hash: string }>('SELECT key_hash FROM api_keys')).map((row) => row.key_hash);
const written = async () => (await readFile(file(), 'utf8')).trim();

describe('the first platform key', () => {
  it('of several first starts at once one makes it, and the file holds that one', async () => {
    await Promise.all(Array.from({ length: 5 }, () => ensurePlatformKey(database, systemClock, file())));
    expect(await hashes()).toEqual([sha256(await written())]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('replaces what a start left that died before its commit, and its rights', async () => {
    await writeFile(file(), 'csk_never-committed', { mode: 0o644 });
    await ensurePlatformKey(database, systemClock, file());
    expect(await hashes()).toEqual([sha256(await written())]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('is not made where it cannot be handed over: nothing stays behind', async () => {
    await expect(ensurePlatformKey(database, systemClock, join(folder, 'missing', 'key'))).rejects.toThrow();
    await expect(ensurePlatformKey(database, systemClock, undefined)).rejects.toThrow('PLATFORM_KEY_FILE');
    expect(await hashes()).toEqual([]);
    expect(await database.query('SELECT 1 FROM applications')).toEqual([]);
    await ensurePlatformKey(database, systemClock, file());
    expect(await hashes()).toHaveLength(1);
  });
});
