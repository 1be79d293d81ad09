import { refuse } from '@countersign/kernel';
import { blockedSessions } from '../test/blocked.ts';
import { openTransaction } from '../test/open-transaction.ts';
import { openTestDatabase } from '../test/test-database.ts';
import { Idempotency, idempotencyMigration, type IdempotentRequest } from './index.ts';

describe('Idempotency-Key', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  const idempotency = new Idempotency();
  let keys = 0;
  let request: IdempotentRequest;
  let runs: number;
  beforeAll(async () => {
    server = await openTestDatabase('idempotency', { migrations: [idempotencyMigration] });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    runs = 0;
    request = {
      appId: 'bank',
      keyId: 'k1',
      route: 'POST /v1/challenges',
      key: `key-${++keys}`,
      bodyHash: 'h1',
    };
  });

  const work = async () => ({ answer: { id: `made-${++runs}`, list: [1, null, 'ü\u0000'] } });
  const once = (changes: Partial<IdempotentRequest> = {}) =>
    server.db.transaction((tx) => idempotency.once(tx, { ...request, ...changes }, work));
  const made = (id: string) => ({ ok: true, value: { id, list: [1, null, 'ü\u0000'] } });

  it('the same request gets the first answer, and the work is done once', async () => {
    expect(await once()).toEqual(made('made-1'));
    expect(await once()).toEqual(made('made-1'));
    expect(runs).toBe(1);
  });

  it('another body under the same key is refused', async () => {
    await once();
    expect(await once({ bodyHash: 'h2' })).toEqual(refuse('idempotency/key-reused'));
    expect(runs).toBe(1);
  });

  it.each([{ appId: 'shop' }, { keyId: 'k2' }, { route: 'POST /v1/policies' }])(
    'API-01: the same key of %j is another request',
    async (other) => {
      await once();
      expect(await once(other)).toEqual(made('made-2'));
    },
  );

  it('design "Errors, config": a secret is not kept; a repeat names what was made', async () => {
    const secret = () =>
      server.db.transaction((tx) =>
        idempotency.once(tx, request, async () => ({
          answer: { apiKey: 's3cret' },
          secret: true,
          resourceId: 'key_1',
        })),
      );
    expect(await secret()).toEqual({ ok: true, value: { apiKey: 's3cret' } });
    expect(await secret()).toEqual(refuse('idempotency/already-done', { extra: { id: 'key_1' } }));
    const kept = await server.db.query('SELECT * FROM idempotency_keys WHERE key = $1', [request.key]);
    expect(JSON.stringify(kept)).not.toContain('s3cret');
  });

  it('of two sessions with one key the second waits and gets the first one’s answer', async () => {
    const first = await openTransaction(server.db);
    const second = await openTransaction(server.db);
    expect(await idempotency.once(first.tx, request, work)).toEqual(made('made-1'));
    const other = idempotency.once(second.tx, request, work);
    await blockedSessions(server.db);
    await first.commit();
    expect(await other).toEqual(made('made-1'));
    await second.commit();
    expect(runs).toBe(1);
  });

  it('of three sessions with one key the next does the work when the first rolls back', async () => {
    const [first, second, third] = [
      await openTransaction(server.db),
      await openTransaction(server.db),
      await openTransaction(server.db),
    ];
    await idempotency.once(first.tx, request, work);
    const others = [second, third].map(async (session) => {
      const answer = await idempotency.once(session.tx, request, work);
      await session.commit();
      return answer;
    });
    await blockedSessions(server.db, 2);
    await first.rollback();
    expect(await Promise.all(others)).toEqual([made('made-2'), made('made-2')]);
  });

  it('ten at once do the work once, also when SERIALIZABLE makes them conflict', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        server.db.transaction((tx) => idempotency.once(tx, request, work), {
          isolation: 'SERIALIZABLE',
          attempts: 20,
        }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('a refusal is not kept: the key is free for the request put right', async () => {
    const refused = await server.db.transaction((tx) =>
      idempotency.once(tx, request, async () => ({ refusal: { code: 'mfa/policy-unknown' } })),
    );
    expect(refused).toEqual(refuse('mfa/policy-unknown'));
    expect(await once({ bodyHash: 'h2' })).toEqual(made('made-1'));
  });

  it('an answer without a body is kept as well, and without a key every request does the work', async () => {
    const empty = () =>
      server.db.transaction((tx) =>
        idempotency.once(tx, request, async () => (runs++, { answer: undefined })),
      );
    expect(await empty()).toEqual({ ok: true, value: undefined });
    expect(await empty()).toEqual({ ok: true, value: undefined });
    expect(runs).toBe(1);
    await server.db.transaction((tx) => idempotency.once(tx, undefined, work));
    expect(runs).toBe(2);
  });

  it('keys are kept for 24 hours', async () => {
    const age = (hours: number) =>
      server.db.query(`UPDATE idempotency_keys SET created_at = created_at - make_interval(hours => $1)`, [
        hours,
      ]);
    await once();
    await age(23);
    expect(await once({ bodyHash: 'h2' })).toEqual(refuse('idempotency/key-reused'));
    await age(2);
    expect(await once({ bodyHash: 'h2' })).toEqual(made('made-2'));
    expect(await once({ bodyHash: 'h2' })).toEqual(made('made-2'));
    await age(25);
    expect(await idempotency.forgetOld(server.db)).toBeGreaterThan(0);
    expect(await idempotency.forgetOld(server.db)).toBe(0);
    expect(await once({ bodyHash: 'h3' })).toEqual(made('made-3'));
  });
});
