import { blockedSessions } from '../test/blocked.ts';
import { openTransaction } from '../test/open-transaction.ts';
import { openTestDatabase } from '../test/test-database.ts';
import { consumeOnce } from './index.ts';

const migrations = [
  {
    name: '0001-tickets',
    up: `CREATE TABLE tickets (id text PRIMARY KEY, flow_id text, purpose text NOT NULL, expires_at timestamptz NOT NULL,
           consumed_at timestamptz, consumed_by text, used_for text)`,
  },
];

interface Ticket {
  id: string;
  consumed_at: Date;
  consumed_by: string;
  used_for: string | null;
}

describe('consumeOnce', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    server = await openTestDatabase('consume_once', { migrations });
  });
  afterAll(() => server.close());

  const put = (id: string, secondsLeft = 60, flow: string | null = 'f1') =>
    server.db.query(
      `INSERT INTO tickets (id, flow_id, purpose, expires_at) VALUES ($1, $2, 'begin', clock_timestamp() + make_interval(secs => $3))`,
      [id, flow, secondsLeft],
    );
  const spec = (id: string, attempt: string, flow: string | null = 'f1') => ({
    table: 'tickets',
    bindings: { id, flow_id: flow, purpose: 'begin' },
    attempt,
  });

  it('invariant 2: of 20 who consume at once, one gets the row', async () => {
    await put('many');
    const rows = await Promise.all(
      Array.from({ length: 20 }, (_, i) => consumeOnce<Ticket>(server.db, spec('many', `attempt-${i}`))),
    );
    expect(rows.filter(Boolean)).toHaveLength(1);
  });

  it('invariant 2: a second session waits for the first and gets nothing once that has committed', async () => {
    await put('wait');
    const first = await openTransaction(server.db);
    const second = await openTransaction(server.db);
    expect(await consumeOnce(first.tx, spec('wait', 'a'))).toMatchObject({ id: 'wait', consumed_by: 'a' });
    const answer = consumeOnce(second.tx, spec('wait', 'b'));
    await blockedSessions(server.db);
    await first.commit();
    expect(await answer).toBeUndefined();
    await second.commit();
  });

  it('invariant 2: a consumption that is rolled back did not happen; the next in line gets the row', async () => {
    await put('back');
    const first = await openTransaction(server.db);
    const second = await openTransaction(server.db);
    const third = await openTransaction(server.db);
    await consumeOnce(first.tx, spec('back', 'a'));
    const answers = [
      consumeOnce<Ticket>(second.tx, spec('back', 'b')),
      consumeOnce<Ticket>(third.tx, spec('back', 'c')),
    ];
    await blockedSessions(server.db, 2);
    await first.rollback();
    const got = await Promise.race(answers);
    expect(['b', 'c']).toContain(got?.consumed_by);
    await Promise.all([second.commit(), third.commit()]);
    expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1);
  });

  it('EXT-10: the same attempt gets the same row again, also after expiry; another attempt gets none', async () => {
    await put('again');
    const set = { used_for: 'first' };
    const first = await consumeOnce<Ticket>(server.db, { ...spec('again', 'f1:3'), set });
    await server.db.query(
      `UPDATE tickets SET expires_at = clock_timestamp() - interval '1 hour' WHERE id = 'again'`,
    );
    const repeat = await consumeOnce<Ticket>(server.db, {
      ...spec('again', 'f1:3'),
      set: { used_for: 'second' },
    });
    expect(repeat).toMatchObject({ consumed_at: first?.consumed_at, used_for: 'first' });
    expect(await consumeOnce(server.db, spec('again', 'f1:4'))).toBeUndefined();
  });

  it('EXT-10: the same attempt in two sessions at once is one consumption', async () => {
    await put('twice');
    const first = await openTransaction(server.db);
    const second = await openTransaction(server.db);
    const one = await consumeOnce<Ticket>(first.tx, spec('twice', 'f1:1'));
    const other = consumeOnce<Ticket>(second.tx, spec('twice', 'f1:1'));
    await blockedSessions(server.db);
    await first.commit();
    expect((await other)?.consumed_at).toEqual(one?.consumed_at);
    await second.commit();
  });

  it('OTP-11, EXT-09: the database’s clock decides expiry', async () => {
    await put('late', -1);
    await put('early', 1_000);
    expect(await consumeOnce(server.db, spec('late', 'a'))).toBeUndefined();
    expect(await consumeOnce(server.db, spec('early', 'a'))).toMatchObject({ id: 'early' });
  });

  it('invariant 1: a row bound to another flow, or to none, does not fit', async () => {
    await put('bound');
    await put('loose', 60, null);
    expect(await consumeOnce(server.db, spec('bound', 'a', 'f2'))).toBeUndefined();
    expect(await consumeOnce(server.db, spec('bound', 'a', null))).toBeUndefined();
    expect(await consumeOnce(server.db, spec('loose', 'a', 'f1'))).toBeUndefined();
    expect(await consumeOnce(server.db, spec('loose', 'a', null))).toMatchObject({ id: 'loose' });
    expect(await consumeOnce(server.db, spec('bound', 'a'))).toMatchObject({ id: 'bound' });
  });

  it('invariant 1: bindings that fit several rows are a fault', async () => {
    await put('x1', 60, 'fx');
    await put('x2', 60, 'fx');
    const loose = { table: 'tickets', bindings: { flow_id: 'fx' }, attempt: 'a' };
    await expect(server.db.transaction((tx) => consumeOnce(tx, loose))).rejects.toThrow('fit 2 rows');
    expect(await consumeOnce(server.db, spec('x1', 'b', 'fx'))).toMatchObject({ id: 'x1' });
  });
});
