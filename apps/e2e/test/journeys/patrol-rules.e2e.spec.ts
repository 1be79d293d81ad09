import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { System } from '../../src/system.ts';

describe('Patrol rules over REST', () => {
  let system: System;
  let bank: Bank;
  let users = 0;

  beforeAll(async () => {
    system = await System.boot('patrol');
    bank = await system.bank();
  });
  afterAll(() => system?.close());
  beforeEach(async () => {
    const { items } = expectStatus(await bank.api('GET', '/v1/patrol-rules?limit=200'), 200);
    for (const { id } of items) expectStatus(await bank.api('DELETE', `/v1/patrol-rules/${id}`), 204);
  });

  const rule = (more: Record<string, unknown> = {}) => ({
    name: 'r',
    auditAction: 'X',
    requires: 'external',
    ...more,
  });
  /** What a user nobody has asked yet is told about: dry-run first, then in earnest. */
  const bothWays = async (name: string, more: Record<string, unknown> = {}) => {
    const action = bank.action(`user-${users++}`, { name, ...more });
    const tried = expectStatus(await bank.api('POST', '/v1/patrol-rules/dry-run', action), 200);
    expectStatus(await bank.api('POST', '/v1/audit-actions', action), 202);
    await system.settled();
    const { body: real } = await bank.api('GET', `/v1/audit-actions/${action.auditActionId}`);
    const outcome = real.status === 'challenged' ? 'challenge' : real.outcome;
    expect([outcome, real.because]).toEqual([tried.outcome, tried.because]);
    return tried;
  };

  it.each([
    ['an unknown member', rule({ mood: 1 }), 'mood'],
    ['no name', { auditAction: 'X', requires: 'external' }, 'name'],
    ['no audit action', { name: 'r', requires: 'external' }, 'auditAction'],
    ['no policy', { name: 'r', auditAction: 'X' }, 'requires'],
    ['a ttl of 0', rule({ ttlSeconds: 0 }), 'ttlSeconds'],
    ['a ttl beyond a day', rule({ ttlSeconds: 86_401 }), 'ttlSeconds'],
    ['a broken number', rule({ maxAgeSeconds: 1.5 }), 'maxAgeSeconds'],
    ['a text for a boolean', rule({ enabled: 'yes' }), 'enabled'],
    ['a control character', rule({ name: 'a\u0007' }), 'name'],
    ['an expression of 2001 characters', rule({ when: `true${' '.repeat(1997)}` }), 'when'],
  ])('validation: %s is 400 and names the field', async (_, body, field) => {
    const answer = await bank.api('POST', '/v1/patrol-rules', body);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'request/invalid', field]);
  });

  it.each(['details.', '1 + 1', '"x"', 'nobody.knows == 1', 'true && (', 'size(details, 1, 2) > 0'])(
    'CEL: %s is refused when it is written, also by dry-run and change',
    async (when) => {
      const made = await bank.api('POST', '/v1/patrol-rules', rule({ when }));
      expect([made.status, made.body.code, made.body.field]).toEqual([400, 'mfa/expression-invalid', 'when']);
      const tried = await bank.api('POST', '/v1/patrol-rules/dry-run', {
        ...bank.action('u'),
        rule: rule({ when }),
      });
      expect([tried.status, tried.body.field]).toEqual([400, 'rule.when']);
      const { id } = await bank.rule(rule());
      expect((await bank.api('PATCH', `/v1/patrol-rules/${id}`, { when })).status).toBe(400);
    },
  );

  it('a policy that does not exist is 400, a name that exists 409, a rule that is unknown 404', async () => {
    const unknown = await bank.api('POST', '/v1/patrol-rules', rule({ requires: 'nope' }));
    expect([unknown.status, unknown.body.code, unknown.body.field]).toEqual([
      400,
      'mfa/policy-unknown',
      'requires',
    ]);
    const { id } = await bank.rule(rule());
    const second = await bank.rule(rule({ name: 's' }));
    expect((await bank.api('POST', '/v1/patrol-rules', rule())).body.code).toBe('mfa/rule-exists');
    expect((await bank.api('PATCH', `/v1/patrol-rules/${second.id}`, { name: 'r' })).status).toBe(409);
    for (const none of ['x', '00000000-0000-4000-8000-000000000000', '%00', `${id}x`])
      for (const method of ['GET', 'DELETE', 'PATCH']) {
        const { status } = await bank.api(
          method,
          `/v1/patrol-rules/${none}`,
          method === 'PATCH' ? {} : undefined,
        );
        expect([400, 404]).toContain(status);
      }
  });

  it('defaults, replace, change, delete', async () => {
    const made = expectStatus(await bank.api('POST', '/v1/patrol-rules', rule({ when: 'true' })), 201);
    expect(made).toMatchObject({
      ttlSeconds: 300,
      cooldownSeconds: 0,
      maxAgeSeconds: 300,
      enabled: true,
      version: 1,
    });
    const path = `/v1/patrol-rules/${made.id}`;
    const changed = expectStatus(await bank.api('PATCH', path, { ttlSeconds: 60, when: null }), 200);
    expect(changed).toMatchObject({ ttlSeconds: 60, maxAgeSeconds: 300, version: 2 });
    expect(changed).not.toHaveProperty('when');
    const put = expectStatus(await bank.api('PUT', path, rule({ name: 'other' })), 200);
    expect(put).toMatchObject({ name: 'other', ttlSeconds: 300, version: 3 });
    expect((await bank.api('GET', path)).body).toEqual(put);
    expectStatus(await bank.api('DELETE', path), 204);
    expect((await bank.api('GET', path)).status).toBe(404);
  });

  it.each([
    ['ChangeAddress', 'changeADDRESS', true],
    ['Change*', 'ChangeLimit', true],
    ['*Limit', 'ChangeLimit', true],
    ['Change?imit', 'ChangeLimit', true],
    ['Change', 'ChangeLimit', false],
    ['*x*', 'ChangeLimit', false],
    ['\u00c4ndern', 'a\u0308ndern', true],
    ['Change.*', 'ChangeLimit', false],
    ['[C]hange', 'Change', false],
  ])('the name %s matches %s: %s', async (auditAction, name, matches) => {
    await bank.rule({ auditAction });
    expect((await bothWays(name)).outcome).toBe(matches ? 'challenge' : 'not-required');
  });

  it('when: true asks, false does not, an error in it asks and says so; the dry-run is right each time', async () => {
    await bank.rule(rule({ name: 'big', when: 'details.amount > 1000' }));
    const of = (details: unknown) => bothWays('X', { details });
    expect(await of({ amount: 1001 })).toMatchObject({ outcome: 'challenge', because: ['rule:big'] });
    expect(await of({ amount: 5 })).toMatchObject({ outcome: 'not-required', because: ['no-rule'] });
    for (const odd of [{}, { amount: 'many' }, null, [1]])
      expect(await of(odd)).toMatchObject({ outcome: 'challenge', because: ['rule:big', 'when-error:big'] });
  });

  it('API-09: an expression that costs too much asks, and holds nobody up', async () => {
    await bank.rule(rule({ when: 'details.l.all(a, details.l.all(b, details.l.all(c, a + b + c > 0)))' }));
    await bank.rule(rule({ name: 'regex', when: 'details.s.matches("(a+)+$")' }));
    const started = performance.now();
    const details = { l: Array.from({ length: 5000 }, (_, n) => n), s: `${'a'.repeat(5000)}!` };
    expect((await bothWays('X', { details })).because).toEqual(['rule:r', 'when-error:r']);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('several rules: one challenge, every policy, the shortest times, all reasons', async () => {
    await bank.policy('second', { offers: ['external'], satisfiedBy: [['external', 'external']] });
    await bank.rule(rule({ name: 'a', ttlSeconds: 600 }));
    await bank.rule(
      rule({ name: 'b', auditAction: '*', requires: 'second', ttlSeconds: 30, maxAgeSeconds: 10 }),
    );
    await bank.rule(rule({ name: 'off', auditAction: '*', ttlSeconds: 1, enabled: false }));
    const tried = await bothWays('X');
    expect(tried).toMatchObject({
      requires: ['external', 'second'],
      ttlSeconds: 30,
      because: ['rule:a', 'rule:b'],
      matched: [
        { name: 'a', when: 'absent' },
        { name: 'b', when: 'absent' },
      ],
    });
    const occurredAt = new Date(Date.now() - 11_000).toISOString();
    expect((await bothWays('X', { occurredAt })).outcome).toBe('too-late');
    const challenge = await bank.challenged(bank.action('both', { name: 'X' }));
    expect(
      new Date(challenge.expiresAt).getTime() - new Date(challenge.createdAt).getTime(),
    ).toBeLessThanOrEqual(30_000);
    const page = await bank.beginChallenge(challenge.id);
    expect((await page.verify(await bank.grant('both', { flowId: page.flowId }))).status).toBe(401);
    expect((await page.verify(await bank.grant('both', { flowId: page.flowId }))).status).toBe(200);
  });

  it('interface: a rule is in force when the answer arrives, and out of force likewise', async () => {
    for (let n = 0; n < 5; n++) {
      const { id } = await bank.rule(rule());
      expect((await bothWays('X')).outcome).toBe('challenge');
      expectStatus(await bank.api('PATCH', `/v1/patrol-rules/${id}`, { enabled: false }), 200);
      expect((await bothWays('X')).outcome).toBe('not-required');
      expectStatus(await bank.api('DELETE', `/v1/patrol-rules/${id}`), 204);
    }
  });

  it('dry-run tries a draft alone, changes nothing, and makes no user', async () => {
    await bank.rule(rule());
    const action = bank.action('never-seen', { name: 'Y' });
    const draft = rule({ name: 'draft', auditAction: 'Y', ttlSeconds: 7 });
    const tried = expectStatus(
      await bank.api('POST', '/v1/patrol-rules/dry-run', { ...action, rule: draft }),
      200,
    );
    expect(tried).toMatchObject({ outcome: 'challenge', because: ['rule:draft'], ttlSeconds: 7 });
    expect((await bank.api('GET', '/v1/users/never-seen')).status).toBe(404);
    expect((await bank.api('GET', `/v1/audit-actions/${action.auditActionId}`)).status).toBe(404);
  });
});
