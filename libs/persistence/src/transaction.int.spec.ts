import { blockedSessions } from '../test/blocked.ts';
import { openTransaction } from '../test/open-transaction.ts';
import { openTestDatabase } from '../test/test-database.ts';
import { QueryFailed, type Tx } from './index.ts';

const migrations = [
  {
    name: '0001-rows',
    up: `CREATE TABLE rows (id text PRIMARY KEY, n integer NOT NULL, parent text REFERENCES rows (id) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO rows VALUES ('a', 1), ('b', 1)`,
  },
];

describe('transactions', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  const reported: Error[] = [];
  beforeAll(async () => {
    server = await openTestDatabase('transactions', { migrations, onError: (error) => reported.push(error) });
  });
  afterAll(() => server.close());
  const n = async (id: string) =>
    (await server.db.query<{ n: number }>('SELECT n FROM rows WHERE id = $1', [id]))[0]?.n;

  it('answer rows of every kind of statement', async () => {
    await server.db.transaction(async (tx) => {
      expect(await tx.query(`UPDATE rows SET n = n WHERE id = 'a' RETURNING id`)).toEqual([{ id: 'a' }]);
      expect(await tx.query(`UPDATE rows SET n = n WHERE id = 'a'`)).toEqual([]);
      expect(await tx.query(`DELETE FROM rows WHERE id = 'none' RETURNING id`)).toEqual([]);
      expect(await tx.one('SELECT $1::text AS text', ['x'])).toEqual({ text: 'x' });
      expect(await tx.one('SELECT 1 WHERE false')).toBeUndefined();
    });
    expect(await server.db.query(`UPDATE rows SET n = n WHERE id = 'b' RETURNING id`)).toEqual([{ id: 'b' }]);
  });

  it('are READ COMMITTED unless told otherwise, with the service’s name and limits', async () => {
    const settings = `SELECT current_setting('transaction_isolation') AS isolation, current_setting('application_name') AS name,
      current_setting('statement_timeout') AS timeout, current_setting('idle_in_transaction_session_timeout') AS idle`;
    expect(await server.db.transaction((tx) => tx.one(settings))).toEqual({
      isolation: 'read committed',
      name: 'transactions',
      timeout: '5s',
      idle: '30s',
    });
    const strict = await server.db.transaction((tx) => tx.one(settings), { isolation: 'SERIALIZABLE' });
    expect(strict).toMatchObject({ isolation: 'serializable' });
  });

  it('style 4: hooks run after a commit, once and in order, and never after a rollback', async () => {
    const ran: string[] = [];
    await server.db.transaction(async (tx) => {
      tx.onCommit(() => ran.push('first'));
      tx.onCommit(() => ran.push('second'));
      expect(ran).toEqual([]);
    });
    expect(ran).toEqual(['first', 'second']);
    const failing = server.db.transaction(async (tx) => {
      tx.onCommit(() => ran.push('never'));
      await tx.query(`UPDATE rows SET n = 99 WHERE id = 'a'`);
      throw new TypeError('mine');
    });
    await expect(failing).rejects.toThrow(new TypeError('mine'));
    expect(ran).toEqual(['first', 'second']);
    expect(await n('a')).toBe(1);
  });

  it('a hook that fails is reported and changes nothing', async () => {
    const value = await server.db.transaction(async (tx) => {
      tx.onCommit(() => {
        throw new Error('hook');
      });
      tx.onCommit(async () => {
        throw new Error('async hook');
      });
      return 7;
    });
    expect(value).toBe(7);
    expect(reported.map(({ message }) => message)).toEqual(['hook', 'async hook']);
  });

  it('toolchain "TypeORM pitfalls": a serialization failure (40001) is retried and its hooks are forgotten', async () => {
    const hooks: number[] = [];
    let runs = 0;
    const both = (from: string, to: string) => async (tx: Tx, first: boolean) => {
      const row = await tx.one<{ n: number }>('SELECT n FROM rows WHERE id = $1', [from]);
      if (first) await openTheOther();
      await tx.query('UPDATE rows SET n = $2 WHERE id = $1', [to, row!.n + 1]);
    };
    const openTheOther = () =>
      server.db.transaction((tx) => both('b', 'a')(tx, false), { isolation: 'SERIALIZABLE' });
    await server.db.transaction(
      async (tx) => {
        const run = ++runs;
        tx.onCommit(() => hooks.push(run));
        await both('a', 'b')(tx, run === 1);
      },
      { isolation: 'SERIALIZABLE' },
    );
    expect({ runs, hooks }).toEqual({ runs: 2, hooks: [2] });
    expect([await n('a'), await n('b')]).toEqual([2, 3]);
  });

  it('toolchain "TypeORM pitfalls": of two deadlocked transactions (40P01) both succeed in the end', async () => {
    const meet = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let runs = 0;
    const crosswise = (ids: [string, string], mine: 0 | 1) =>
      server.db.transaction(async (tx) => {
        runs++;
        await tx.query('UPDATE rows SET n = 10 WHERE id = $1', [ids[0]]);
        meet[mine].resolve();
        await meet[1 - mine]!.promise;
        await tx.query('UPDATE rows SET n = 10 WHERE id = $1', [ids[1]]);
      });
    await Promise.all([crosswise(['a', 'b'], 0), crosswise(['b', 'a'], 1)]);
    // not exactly 3: whoever lost may take its first row again before the other has woken up, and they meet once more
    expect(runs).toBeGreaterThanOrEqual(3);
    expect([await n('a'), await n('b')]).toEqual([10, 10]);
  });

  it('gives up after the attempts it was allowed', async () => {
    let runs = 0;
    const always = server.db.transaction(
      async (tx) => {
        runs++;
        await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$`);
      },
      { attempts: 3 },
    );
    await expect(always).rejects.toMatchObject({ name: 'QueryFailed', code: '40001' });
    expect(runs).toBe(3);
  });

  it('a work that swallows a failed statement is not taken for committed', async () => {
    const ran: string[] = [];
    const swallowing = server.db.transaction(async (tx) => {
      tx.onCommit(() => ran.push('never'));
      await tx.query(`UPDATE rows SET n = 50 WHERE id = 'a'`);
      await tx.query(`INSERT INTO rows VALUES ('a', 1)`).catch(() => {});
    });
    await expect(swallowing).rejects.toMatchObject({
      name: 'QueryFailed',
      code: '23505',
      constraint: 'rows_pkey',
    });
    const bySideDoor = server.db.transaction(async (tx) => {
      await tx.manager.query('SELECT 1/0').catch(() => {});
    });
    await expect(bySideDoor).rejects.toThrow('a statement failed');
    expect(ran).toEqual([]);
    expect(await n('a')).toBe(10);
  });

  it('a constraint checked at COMMIT rolls back with a known outcome', async () => {
    const orphan = server.db.transaction((tx) => tx.query(`INSERT INTO rows VALUES ('c', 1, 'nobody')`));
    await expect(orphan).rejects.toMatchObject({ name: 'QueryFailed', code: '23503' });
    expect(await n('c')).toBeUndefined();
  });

  it('errors of TypeORM’s manager come out without parameters', async () => {
    const failing = server.db.transaction((tx) => tx.manager.query('SELECT $1::int', ['s3cret-token']));
    const error = await failing.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QueryFailed);
    expect(Object.keys(error as object)).not.toContain('parameters');
  });

  it('statements started together run one after the other; one that outlives the transaction is refused', async () => {
    let kept: Tx | undefined;
    const answers = await server.db.transaction((tx) => {
      kept = tx;
      return Promise.all([tx.one('SELECT 1 AS n'), tx.one('SELECT 2 AS n'), tx.one('SELECT 3 AS n')]);
    });
    expect(answers).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await expect(kept!.query('SELECT 1')).rejects.toThrow('has ended');
  });

  it('invariant 3: what autocommit wrote stays when the transaction around it rolls back', async () => {
    const outer = await openTransaction(server.db);
    await outer.tx.query(`UPDATE rows SET n = 77 WHERE id = 'a'`);
    await server.db.query(`UPDATE rows SET n = 78 WHERE id = 'b'`);
    await outer.rollback();
    expect([await n('a'), await n('b')]).toEqual([10, 78]);
  });

  it('invariant 3: autocommit finds a connection while transactions hold all others and more wait', async () => {
    const works = Array.from({ length: 20 }, () =>
      server.db.transaction(async (tx) => {
        await tx.query('SELECT 1');
        await server.db.query('SELECT 1');
      }),
    );
    await Promise.all(works);
  });

  it('close waits for what is under way', async () => {
    const second = await server.open();
    const outer = await openTransaction(server.db);
    await outer.tx.query(`UPDATE rows SET n = 1 WHERE id = 'a'`);
    const late = second.transaction((tx) => tx.query(`UPDATE rows SET n = 2 WHERE id = 'a' RETURNING n`));
    await blockedSessions(server.db);
    const closing = second.close();
    await outer.commit();
    expect(await late).toEqual([{ n: 2 }]);
    await closing;
    await expect(second.query('SELECT 1')).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
    await expect(second.transaction((tx) => tx.query('SELECT 1'))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
    });
    await second.close();
  });
});
