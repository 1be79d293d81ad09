import { openTestDatabase } from '../test/test-database.ts';
import { type Migration, MigrationRefused } from './index.ts';

const first: Migration = {
  name: '0001-rows',
  up: `CREATE TABLE rows (id text PRIMARY KEY);
       INSERT INTO rows VALUES ('from 0001');`,
};
const second: Migration = {
  name: '0002-more',
  up: `ALTER TABLE rows ADD COLUMN n integer NOT NULL DEFAULT 0`,
};

describe('migrations', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeEach(async () => {
    server = await openTestDatabase('migrations');
  });
  afterEach(() => server.close());
  const migrate = async (...migrations: Migration[]) => {
    const db = await server.open({ migrations });
    try {
      return await db.migrate();
    } finally {
      await db.close();
    }
  };

  it('are applied in order, once, and recorded', async () => {
    expect(await migrate(first)).toEqual(['0001-rows']);
    expect(await migrate(first, second)).toEqual(['0002-more']);
    expect(await migrate(first, second)).toEqual([]);
    expect(await server.db.query('SELECT * FROM rows')).toEqual([{ id: 'from 0001', n: 0 }]);
  });

  it('design "Errors, config": old code starts on the schema of newer code', async () => {
    await migrate(first, second);
    expect(await migrate(first)).toEqual([]);
  });

  it('of processes that start together one applies them and the others wait', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(first, second)));
    expect(applied.filter((names) => names.length === 2)).toHaveLength(1);
    expect(applied.filter((names) => names.length === 0)).toHaveLength(3);
    expect(await server.db.query('SELECT id FROM rows')).toHaveLength(1);
  });

  it('one that was changed after it had been applied is refused; other line endings are no change', async () => {
    await migrate(first);
    await expect(migrate({ ...first, up: `${first.up} SELECT 1` })).rejects.toThrow(MigrationRefused);
    expect(await migrate({ ...first, up: `${first.up.replaceAll('\n', '\r\n')}\n` })).toEqual([]);
  });

  it('one that fails leaves nothing behind and names itself', async () => {
    const broken = { name: '0002-broken', up: 'CREATE TABLE left_over (id text); SELECT nonsense' };
    await expect(migrate(first, broken)).rejects.toThrow(/0002-broken failed: .*nonsense/);
    expect(await server.db.query(`SELECT to_regclass('left_over')::text AS name`)).toEqual([{ name: null }]);
    expect(await migrate(first, second)).toEqual(['0002-more']);
  });

  it('one that ends its transaction itself is refused', async () => {
    const ending = { name: '0002-ending', up: 'SELECT 1; COMMIT; BEGIN; SELECT 2' };
    await expect(migrate(first, ending)).rejects.toThrow('ends its transaction itself');
  });

  it('two of one name, or without a name, are refused before anything is connected', async () => {
    await expect(server.open({ migrations: [first, { ...second, name: first.name }] })).rejects.toThrow(
      MigrationRefused,
    );
    await expect(server.open({ migrations: [{ ...first, name: '' }] })).rejects.toThrow(MigrationRefused);
  });
});
