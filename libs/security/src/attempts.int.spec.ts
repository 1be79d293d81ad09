import { Database, type Tx } from '@countersign/persistence';
import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import { Attempts, attemptsMigration } from './index.ts';

describe('attempts', () => {
  let server: TestDatabase;
  let db: Database;
  let attempts: Attempts;
  let keys = 0;
  let rule: { scope: string; key: string; limit: number; windowSeconds: number };
  beforeAll(async () => {
    server = await createTestDatabase('attempts');
    const options = {
      url: server.url,
      applicationName: 'attempts',
      entities: [],
      migrations: [attemptsMigration],
    };
    db = await Database.open(options);
    await db.migrate();
    attempts = new Attempts(db);
  });
  afterAll(async () => {
    await db.close();
    await server.drop();
  });
  beforeEach(() => {
    rule = { scope: 'otp:user', key: `user-${++keys}`, limit: 3, windowSeconds: 600 };
  });
  const times = async (n: number, spec = rule) => {
    const results = [];
    for (let i = 0; i < n; i++) results.push(await attempts.count(spec));
    return results;
  };
  /** Moves the window of the current rule's counter into the past, as time would. */
  const age = (seconds: number) =>
    db.query('UPDATE attempts SET expires_at = expires_at - make_interval(secs => $2) WHERE key = $1', [
      rule.key,
      seconds,
    ]);

  it('invariant 3: as many as the limit are allowed, each of the others is told when the window ends', async () => {
    const results = await times(5);
    expect(results.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    expect(results.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5]);
    expect(results[0]!.retryAfterSeconds).toBe(0);
    expect(results[4]!.retryAfterSeconds).toBeGreaterThan(590);
    expect(results[4]!.retryAfterSeconds).toBeLessThanOrEqual(600);
  });

  it('OTP-01: of 200 at once no more than the limit are allowed', async () => {
    const spec = { ...rule, limit: 10 };
    const results = await Promise.all(Array.from({ length: 200 }, () => attempts.count(spec)));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect((await attempts.count(spec)).count).toBe(201);
  });

  it('OTP-01: of 200 at once over two services’ pools no more than the limit are allowed', async () => {
    const options = { url: server.url, applicationName: 'second', entities: [], migrations: [] };
    const second = await Database.open(options);
    const both = [attempts, new Attempts(second)];
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => both[i % 2]!.count(rule)));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(3);
    await second.close();
  });

  it('OTP-03: what was counted stays when the transaction of the request rolls back', async () => {
    const request = db.transaction(async (tx: Tx) => {
      await tx.query('SELECT 1');
      await attempts.count(rule);
      throw new Error('bad CSRF');
    });
    await expect(request).rejects.toThrow('bad CSRF');
    expect((await attempts.peek(rule)).count).toBe(1);
  });

  it('OTP-03: requests that count inside more transactions than there are connections do not block each other', async () => {
    const spec = { ...rule, limit: 100 };
    const requests = Array.from({ length: 30 }, () =>
      db.transaction(async (tx: Tx) => {
        await tx.query('SELECT 1');
        await attempts.count(spec);
        throw new Error('rolled back');
      }),
    );
    const results = await Promise.allSettled(requests);
    expect(results.every((result) => (result as { reason?: Error }).reason?.message === 'rolled back')).toBe(
      true,
    );
    expect((await attempts.peek(spec)).count).toBe(30);
  });

  it('OTP-11: the database’s clock ends the window, and refused attempts do not prolong it', async () => {
    await times(3);
    await age(300);
    expect((await attempts.count(rule)).retryAfterSeconds).toBeLessThanOrEqual(300);
    await age(300);
    expect(await attempts.peek(rule)).toEqual({ allowed: true, count: 0, retryAfterSeconds: 0 });
    expect((await times(4)).map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
  });

  it('a success gives its attempt back, which refused ones in between have not used up', async () => {
    await times(5);
    await attempts.giveBack(rule.scope, rule.key);
    expect((await times(2)).map(({ allowed }) => allowed)).toEqual([true, false]);
    await attempts.giveBack(rule.scope, 'nobody');
  });

  describe('settling after a success', () => {
    const ceiling = () => ({ ...rule, scope: 'otp:ceiling', limit: 100 });
    const rows = () =>
      db.query<{ scope: string; count: number }>(
        'SELECT scope, count FROM attempts WHERE key = $1 ORDER BY scope',
        [rule.key],
      );

    it('takes one back where it was counted, forgets what is cleared, and leaves the rows to their windows', async () => {
      await times(2);
      await times(7, ceiling());
      await attempts.settle([rule], [ceiling()]);
      expect(await rows()).toEqual([
        { scope: 'otp:ceiling', count: 0 },
        { scope: 'otp:user', count: 1 },
      ]);
      expect((await times(3)).map(({ allowed }) => allowed)).toEqual([true, true, false]);
      expect(await attempts.peek(ceiling())).toMatchObject({ allowed: true, count: 0 });
    });

    it('OTP-11: the window of what is back at nothing goes on: it is not prolonged, and not begun anew before its end', async () => {
      await times(1);
      await age(300);
      await attempts.settle([rule], []);
      const [, , , refused] = await times(4);
      expect(refused).toMatchObject({ allowed: false });
      expect(refused!.retryAfterSeconds).toBeLessThanOrEqual(300);
      await age(301);
      await times(3);
      expect((await attempts.count(rule)).retryAfterSeconds).toBeGreaterThan(590);
    });

    it('never counts below nothing: what was not counted, or forgotten meanwhile, allows nobody more', async () => {
      for (let n = 0; n < 3; n++) await attempts.settle([rule], [ceiling()]);
      expect((await times(4)).map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
      await attempts.clearAll([rule]);
      await attempts.settle([rule], []);
      expect((await times(4)).map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    });

    it('OTP-01: of 60 who succeed and fail at once in any order, what failed alone is left', async () => {
      const spec = { ...rule, limit: 100 };
      const other = { ...spec, scope: 'otp:another' };
      await Promise.all(
        Array.from({ length: 60 }, async (_, n) => {
          const both = n % 2 ? [spec, other] : [other, spec];
          await attempts.countAll(both);
          if (n % 3 > 0) await attempts.settle(both, []);
        }),
      );
      expect((await rows()).map(({ count }) => count)).toEqual([20, 20]);
    });
  });

  it('OTP-09: peek tells locked from open and counts nothing', async () => {
    expect(await attempts.peek(rule)).toEqual({ allowed: true, count: 0, retryAfterSeconds: 0 });
    await times(2);
    expect(await attempts.peek(rule)).toEqual({ allowed: true, count: 2, retryAfterSeconds: 0 });
    await times(1);
    expect(await attempts.peek(rule)).toMatchObject({ allowed: false, count: 3 });
    expect((await attempts.peek(rule)).count).toBe(3);
  });

  it('OTP-01: scopes and keys have counters of their own', async () => {
    await times(4);
    expect((await attempts.count({ ...rule, scope: 'otp:flow' })).allowed).toBe(true);
    expect((await attempts.count({ ...rule, key: `${rule.key}-other` })).allowed).toBe(true);
  });

  it('design "Four invariants" 3: management unlocks one counter, or several at once', async () => {
    const flow = { ...rule, scope: 'otp:flow' };
    await times(4);
    await times(4, flow);
    await attempts.clear(rule.scope, rule.key);
    expect([(await attempts.peek(rule)).allowed, (await attempts.peek(flow)).allowed]).toEqual([true, false]);
    await times(4);
    await attempts.clearAll([rule, flow]);
    expect([(await attempts.peek(rule)).allowed, (await attempts.peek(flow)).allowed]).toEqual([true, true]);
  });

  describe('several limits over one thing', () => {
    const both = (person: string, limit = 3) => [
      { ...rule, scope: 'message-person', key: `${rule.key} ${person}`, limit },
      { ...rule, scope: 'message-application', limit: 5 },
    ];
    const counts = async (person: string) =>
      Promise.all(both(person).map(async (spec) => (await attempts.peek(spec)).count));

    it('OTP-17: one that refuses uses up none of them', async () => {
      for (let i = 0; i < 3; i++) expect(await attempts.countAll(both('a'))).toMatchObject({ allowed: true });
      const refused = await attempts.countAll(both('a'));
      expect(refused).toMatchObject({ allowed: false, refusedBy: { scope: 'message-person' } });
      expect(refused.retryAfterSeconds).toBeGreaterThan(590);
      // the refused one stays on the counter that refused, as with a single limit
      expect(await counts('a')).toEqual([4, 3]);
    });

    it('OTP-17: of 60 at once from 6 people no more than the common limit are allowed, in any order', async () => {
      const people = Array.from({ length: 60 }, (_, i) => both(`p${i % 6}`));
      const orders = people.map((specs, i) => (i % 2 ? specs : specs.toReversed()));
      const results = await Promise.all(orders.map((specs) => attempts.countAll(specs)));
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(5);
      const [used] = await db.query<{ sum: number }>(
        "SELECT sum(count)::int AS sum FROM attempts WHERE scope = 'message-person' AND key LIKE $1",
        [`${rule.key} %`],
      );
      expect(used!.sum).toBe(5);
    });

    it('a window that ended opens again, with its new length', async () => {
      for (let i = 0; i < 3; i++) await attempts.countAll(both('a'));
      await db.query("UPDATE attempts SET expires_at = expires_at - interval '1 hour' WHERE key LIKE $1", [
        `${rule.key}%`,
      ]);
      expect(await attempts.countAll(both('a', 1))).toEqual({ allowed: true, retryAfterSeconds: 0 });
      expect(await counts('a')).toEqual([1, 1]);
    });
  });

  it('a limit of 0 allows nobody, and what is no whole number is a fault', async () => {
    expect(await attempts.count({ ...rule, limit: 0 })).toMatchObject({ allowed: false, count: 1 });
    expect(await attempts.count({ ...rule, limit: 0 })).toMatchObject({ allowed: false, count: 2 });
    for (const limit of [Number.NaN, -1, 1.5, Infinity]) {
      await expect(attempts.count({ ...rule, limit })).rejects.toThrow(TypeError);
    }
  });

  it('OTP-06: only counters whose window has ended are ever forgotten', async () => {
    await times(4);
    const locked = rule;
    rule = { ...rule, key: `${rule.key}-old` };
    await times(1);
    await age(601);
    expect(await attempts.forgetOld()).toBeGreaterThan(0);
    expect(await attempts.forgetOld()).toBe(0);
    expect(await attempts.peek(locked)).toMatchObject({ allowed: false });
  });

  it('OTP-07: without the database nothing is allowed', async () => {
    const closed = await Database.open({
      url: server.url,
      applicationName: 'closed',
      entities: [],
      migrations: [],
    });
    await closed.close();
    await expect(new Attempts(closed).count(rule)).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
  });
});
