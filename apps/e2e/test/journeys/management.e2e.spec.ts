import { randomUUID } from 'node:crypto';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { System } from '../../src/system.ts';

describe('policies, users, lists and idempotency keys', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('management');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const policy = (more: object = {}) => ({ offers: ['external'], satisfiedBy: [['external']], ...more });

  it('policies: written, shown, given a new version, listed beside the built-in ones, deleted', async () => {
    expect((await bank.api('GET', '/v1/policies')).body.items).toMatchObject([
      ...['external', 'standard', 'strong', 'mfa', 'passkey', 'passkey-onboarding'].map((name) => ({
        name,
        builtIn: true,
      })),
    ]);
    const made = expectStatus(await bank.api('POST', '/v1/policies', { name: 'p', ...policy() }), 201);
    expect(made).toMatchObject({ name: 'p', version: 1, builtIn: false });
    const again = expectStatus(await bank.api('PUT', '/v1/policies/p', policy({ minAcr: 'aal2' })), 200);
    expect(again).toMatchObject({ version: 2, minAcr: 'aal2' });
    expect((await bank.api('GET', '/v1/policies/p')).body).toEqual(again);
    expect((await (await system.bank()).api('GET', '/v1/policies/p')).status).toBe(404);
    expectStatus(await bank.api('DELETE', '/v1/policies/p'), 204);
    for (const method of ['GET', 'DELETE'])
      expect((await bank.api(method, '/v1/policies/p')).status).toBe(404);
  });

  it.each([
    [{ offers: [] }, 'offers'],
    [{ offers: ['telepathy'] }, 'offers.0'],
    [{ satisfiedBy: [] }, 'satisfiedBy'],
    [{ satisfiedBy: [[]] }, 'satisfiedBy.0'],
    [{ minAcr: 'aal9' }, 'minAcr'],
    [{ surprise: true }, 'surprise'],
  ])('a policy with %j is 400 and names the field', async (more, field) => {
    const { status, body } = await bank.api('PUT', '/v1/policies/bad', policy(more));
    expect([status, body.code, body.field]).toEqual([400, 'request/invalid', field]);
  });

  it('a policy that a rule or a setting names cannot be deleted; the own external gives way to the built-in one', async () => {
    await bank.policy('named', policy());
    const { id } = await bank.rule({ auditAction: 'Z', requires: 'named' });
    const refused = await bank.api('DELETE', '/v1/policies/named');
    expect([refused.status, refused.body.code]).toEqual([409, 'mfa/policy-in-use']);
    expectStatus(await bank.api('DELETE', `/v1/patrol-rules/${id}`), 204);
    expectStatus(await bank.api('DELETE', '/v1/policies/named'), 204);
    const setting = await system.bank({ settings: { defaultPolicies: { login: 'by-setting' } } });
    await setting.policy('by-setting', policy());
    expect((await setting.api('DELETE', '/v1/policies/by-setting')).status).toBe(409);
    await bank.policy('external', policy({ minAcr: 'aal3' }));
    expectStatus(await bank.api('DELETE', '/v1/policies/external'), 204);
    expect((await bank.api('GET', '/v1/policies/external')).body).toMatchObject({
      builtIn: true,
      version: 0,
    });
  });

  it('users: shown, unknown 404, deleted in every service; the name comes back as somebody else', async () => {
    expect((await bank.api('GET', '/v1/users/nobody')).body.code).toBe('mfa/user-not-found');
    for (const [method, path] of [
      ['DELETE', '/v1/users/nobody'],
      ['POST', '/v1/users/nobody/unlock'],
    ] as const)
      expect((await bank.api(method, path)).status).toBe(404);
    const page = await bank.login('Ann');
    expectStatus(await page.verify(await bank.grant('Ann')), 200);
    expectStatus(await bank.api('PUT', '/v1/sso-identifiers/ann', { value: 'sso-1' }), 204);
    expectStatus(await bank.api('PUT', '/v1/mfa-registrations/ann/Acme', { value: 'd-1' }), 204);
    const before = expectStatus(await bank.api('GET', '/v1/users/%20ANN%20'), 200);
    expect(before).toMatchObject({
      username: 'Ann',
      factors: [],
      devices: [],
      locks: [],
      registeredAt: expect.any(String),
    });
    expectStatus(await bank.api('DELETE', '/v1/users/ann'), 204);
    await system.settled();
    expect((await bank.api('GET', '/v1/users/ann')).status).toBe(404);
    expect((await bank.api('GET', '/v1/sso-identifiers/ann')).status).toBe(404);
    expect((await bank.api('GET', '/v1/mfa-registrations/ann/Acme')).status).toBe(404);
    await bank.login('Ann');
    const after = expectStatus(await bank.api('GET', '/v1/users/ann'), 200);
    expect(after.userId).not.toBe(before.userId);
    expect(after).not.toHaveProperty('registeredAt');
    expect(system.bus.events('mfa.user.deleted.v1').map(({ subject }) => subject)).toEqual([before.userId]);
  });

  /** Walks a list page by page. */
  const walk = async (path: string, limit: number) => {
    const pages: Record<string, unknown>[][] = [];
    for (let cursor: string | undefined; ;) {
      const query = `limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const { items, next } = expectStatus(
        await bank.api('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`),
        200,
      );
      pages.push(items);
      if (next === undefined) return pages;
      cursor = next;
    }
  };

  it('pagination: every item once, the latest first, also where many were made at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 23 }, () => bank.transaction('Pat')));
    const pages = await walk('/v1/challenges?username=pat&status=pending', 5);
    expect(pages.map((items) => items.length)).toEqual([5, 5, 5, 5, 3]);
    const seen = pages.flat();
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
    const times = seen.map(({ createdAt }) => createdAt as string);
    expect([...times].sort().reverse()).toEqual(times);
    for (let n = 0; n < 7; n++) await bank.rule({ auditAction: `A${n}` });
    expect((await walk('/v1/patrol-rules', 3)).map((items) => items.length)).toEqual([3, 3, 1]);
  });

  it('lists: status and username filter, limit has bounds, unknown parameters are 400', async () => {
    const [one, two] = [await bank.transaction('Quin'), await bank.transaction('Quin')];
    expectStatus(await bank.api('POST', `/v1/challenges/${one.id}/cancel`), 200);
    const ids = async (query: string) =>
      (await bank.api('GET', `/v1/challenges?username=QUIN${query}`)).body.items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await ids('')).toEqual([two.id, one.id]);
    expect(await ids('&status=pending')).toEqual([two.id]);
    expect(await ids('&status=cancelled')).toEqual([one.id]);
    for (const bad of ['limit=0', 'limit=201', 'limit=x', 'status=odd', 'sort=id', 'limit=1&limit=2'])
      expect((await bank.api('GET', `/v1/challenges?${bad}`)).status).toBe(400);
  });

  it('API-04: forged, tampered and foreign cursors are 400', async () => {
    for (let n = 0; n < 2; n++) await bank.transaction('Rita');
    const { next } = expectStatus(await bank.api('GET', '/v1/challenges?limit=1'), 200);
    const other = await system.bank();
    const tampered = `${next.slice(0, -3)}${next.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    const tries: [Bank, string, string][] = [
      [bank, '/v1/challenges', tampered],
      [bank, '/v1/challenges', '1'],
      [bank, '/v1/challenges', `' OR 1=1 --`],
      [bank, '/v1/challenges', Buffer.from('{"createdAt":"2026-01-01","id":"x"}').toString('base64url')],
      [bank, '/v1/patrol-rules', next],
      [bank, '/v1/api-keys', next],
      [bank, '/v1/ops/mfa-orchestrator/dead-letters', next],
      [bank, '/v1/mfa-registrations/rita', next],
      [other, '/v1/challenges', next],
    ];
    for (const [of, path, cursor] of tries) {
      const { status, body } = await of.api('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
      expect([path, status, body.code]).toEqual([path, 400, 'request/cursor-invalid']);
    }
  });

  it('design: Idempotency-Key is honoured on unsafe POSTs of /v1, and a secret is shown once', async () => {
    const twice = async (path: string, body: unknown) => {
      const headers = { 'idempotency-key': randomUUID() };
      return [
        await bank.api('POST', path, body, { headers }),
        await bank.api('POST', path, body, { headers }),
        await bank.api('POST', path, { ...(body as object), surplus: 1 }, { headers }),
      ] as const;
    };
    const same = async (path: string, body: unknown) => {
      const [first, second] = await twice(path, body);
      expect([path, second.status, second.body]).toEqual([path, first.status, first.body]);
      expect(first.status).toBeLessThan(300);
    };
    await same('/v1/patrol-rules', { name: 'once', auditAction: 'O', requires: 'external' });
    await same('/v1/audit-actions', { name: 'O', username: 'Sam' });
    await same('/v1/policies', { name: 'once', ...policy() });
    const pending = await bank.transaction('Sam');
    await same(`/v1/challenges/${pending.id}/cancel`, {});
    const secrets: [string, object][] = [
      ['/v1/challenges', { context: 'transaction', username: 'Sam', transactionIds: ['once'] }],
      [`/v1/challenges/${(await bank.transaction('Sam')).id}/tickets`, {}],
      ['/v1/api-keys', { scopes: ['challenge:read'] }],
    ];
    for (const [path, body] of secrets) {
      const [first, second] = await twice(path, body);
      expect([path, first.status, second.status, second.body.code]).toEqual([
        path,
        201,
        409,
        'idempotency/already-done',
      ]);
      expect(second.text).not.toMatch(/cst_|csk_/);
    }
  });
});
