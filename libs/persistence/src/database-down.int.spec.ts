import { waitFor } from '@countersign/testing';
import { PostgresProxy } from '../test/postgres-proxy.ts';
import { openTestDatabase } from '../test/test-database.ts';
import { CommitUnknown, Database, DatabaseUnavailable } from './index.ts';

const migrations = [{ name: '0001-rows', up: 'CREATE TABLE rows (id text PRIMARY KEY)' }];

describe('when Postgres is not there', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  let proxy: PostgresProxy;
  let db: Database;
  const reported: Error[] = [];
  beforeAll(async () => {
    server = await openTestDatabase('database_down', { migrations });
    proxy = await PostgresProxy.before(server.url);
    db = await server.open({
      url: proxy.url,
      statementTimeoutMs: 300,
      onError: (error) => reported.push(error),
    });
  });
  afterAll(async () => {
    proxy.thaw();
    await db.close();
    await proxy.cut();
    await server.close();
  });

  const works = () =>
    waitFor(async () => (await db.query('SELECT 1 AS one')).length === 1, { what: 'recovery' });
  /** Thirty calls at once: all must fail as unavailable, the slowest within `ms`. */
  const allFailWithin = async (ms: number) => {
    const started = performance.now();
    const calls = Array.from({ length: 30 }, (_, i) =>
      i % 2 ? db.query('SELECT 1') : db.transaction((tx) => tx.query('SELECT 1')),
    );
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'DatabaseUnavailable' } });
    }
    expect(performance.now() - started).toBeLessThan(ms);
  };

  it('style 9: killed: every call fails within 1 s, the process lives, and calls work again when it is back', async () => {
    await works();
    await proxy.cut();
    await allFailWithin(1000);
    await proxy.listen();
    await works();
  });

  it('style 9: an idle connection that is lost is reported and replaced', async () => {
    await works();
    await server.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await waitFor(() => reported.length > 0);
    await works();
  });

  it('style 9: new connections accepted and never answered: every call gives up after its 800 ms', async () => {
    await proxy.cut();
    await proxy.listen();
    proxy.freeze();
    await allFailWithin(1500);
    proxy.thaw();
    await works();
  });

  it('style 9: gone silent in mid-connection: the statement’s own limit ends the wait, the connection is not used again', async () => {
    await works();
    proxy.freeze();
    const started = performance.now();
    await expect(db.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(db.transaction((tx) => tx.query('SELECT 1'))).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(performance.now() - started).toBeLessThan(2000);
    proxy.thaw();
    await works();
  });

  it('57P01: a session ended by an operator in the midst of a transaction is unavailable, not a fault', async () => {
    const ended = db.transaction(async (tx) => {
      const row = await tx.one<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await server.db.query('SELECT pg_terminate_backend($1)', [row!.pid]);
      await tx.query('SELECT 1');
    });
    await expect(ended).rejects.toBeInstanceOf(DatabaseUnavailable);
    await works();
  });

  it('57014: a statement that runs too long is unavailable', async () => {
    const error = await db.query('SELECT pg_sleep(5)').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'DatabaseUnavailable', code: '57014' });
  });

  it.each([
    ['before Postgres had it', false, 0],
    ['after Postgres did it', true, 1],
  ])(
    'toolchain "TypeORM pitfalls": the connection breaks on COMMIT %s: outcome unknown, not retried, no hooks',
    async (_, forward, rows) => {
      const id = `forward-${forward}`;
      let runs = 0;
      const hooks: string[] = [];
      proxy.breakAt('COMMIT', { forward });
      const unknown = db.transaction(async (tx) => {
        runs++;
        tx.onCommit(() => hooks.push('ran'));
        await tx.query('INSERT INTO rows VALUES ($1)', [id]);
      });
      await expect(unknown).rejects.toBeInstanceOf(CommitUnknown);
      expect({ runs, hooks }).toEqual({ runs: 1, hooks: [] });
      expect(await server.db.query('SELECT 1 FROM rows WHERE id = $1', [id])).toHaveLength(rows);
      await works();
    },
  );

  it('open and migrate fail as unavailable too', async () => {
    await proxy.cut();
    await expect(server.open({ url: proxy.url })).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(db.migrate()).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(db.dedicatedConnection(() => {})).rejects.toBeInstanceOf(DatabaseUnavailable);
    await proxy.listen();
  });
});
