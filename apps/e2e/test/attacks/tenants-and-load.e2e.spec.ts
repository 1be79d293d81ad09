import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { bearer, send } from '../../src/http.ts';
import { System } from '../../src/system.ts';

describe('tenants, ids and oversized requests', () => {
  let system: System;
  let bank: Bank;
  let other: Bank;

  beforeAll(async () => {
    system = await System.boot('tenants');
    [bank, other] = [await system.bank(), await system.bank()];
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  it('API-01: ids of another application are not there, by every route that takes one, and nothing happens', async () => {
    const challenge = await bank.challenged(bank.action('Ann'));
    const rule = await bank.rule({ auditAction: 'Y' });
    await bank.policy('mine', { offers: ['external'], satisfiedBy: [['external']] });
    expectStatus(await bank.api('PUT', '/v1/sso-identifiers/ann', { value: 'x' }), 204);
    expectStatus(await bank.api('PUT', '/v1/mfa-registrations/ann/Acme', { value: 'x' }), 204);
    const { keyId } = await bank.key(['challenge:read']);
    const definition = { name: 'n', auditAction: 'n', requires: 'external' };
    const tries: [string, string, object?][] = [
      ['GET', `/v1/challenges/${challenge.id}`],
      ['POST', `/v1/challenges/${challenge.id}/tickets`],
      ['POST', `/v1/challenges/${challenge.id}/cancel`],
      ['GET', `/v1/audit-actions/${challenge.mfaInfo.audit_action_id}`],
      ['GET', `/v1/patrol-rules/${rule.id}`],
      ['PUT', `/v1/patrol-rules/${rule.id}`, definition],
      ['PATCH', `/v1/patrol-rules/${rule.id}`, { enabled: false }],
      ['DELETE', `/v1/patrol-rules/${rule.id}`],
      ['GET', '/v1/policies/mine'],
      ['DELETE', '/v1/policies/mine'],
      ['GET', '/v1/users/ann'],
      ['POST', '/v1/users/ann/unlock'],
      ['DELETE', '/v1/users/ann'],
      ['GET', '/v1/sso-identifiers/ann'],
      ['DELETE', '/v1/sso-identifiers/ann'],
      ['GET', '/v1/mfa-registrations/ann/Acme'],
      ['DELETE', '/v1/mfa-registrations/ann/Acme'],
      ['GET', `/v1/applications/${bank.appId}`],
      ['PATCH', `/v1/applications/${bank.appId}`, { name: 'taken over' }],
      ['GET', `/v1/api-keys/${keyId}`],
      ['DELETE', `/v1/api-keys/${keyId}`],
      ['POST', '/v1/api-keys', { appId: bank.appId, scopes: ['challenge:read'] }],
      ['GET', `/v1/api-keys?appId=${bank.appId}`],
    ];
    for (const [method, path, body] of tries) {
      // named nowhere, as its own application, and as the victim's
      for (const prefix of ['', `/apps/${other.appId}`, `/apps/${bank.appId}`]) {
        const request = { authorization: bearer(other.apiKey), body };
        const { status } = await send(method, system.gateway, `${prefix}${path}`, request);
        expect([method, prefix, path, status]).toEqual([method, prefix, path, 404]);
      }
    }
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    for (const path of [
      `/v1/patrol-rules/${rule.id}`,
      '/v1/policies/mine',
      '/v1/users/ann',
      '/v1/sso-identifiers/ann',
      `/v1/api-keys/${keyId}`,
    ])
      expect((await bank.api('GET', path)).status).toBe(200);
    expect((await bank.api('GET', `/v1/applications/${bank.appId}`)).body.name).toBe(bank.appId);
  });

  it('API-01: lists hold nothing of another application', async () => {
    const lists = [
      'challenges',
      'patrol-rules',
      'policies',
      'api-keys',
      'ops/mfa-orchestrator/dead-letters',
      'mfa-registrations/ann',
    ];
    for (const list of lists) {
      const { items } = expectStatus(await other.api('GET', `/v1/${list}`), 200);
      expect(JSON.stringify(items)).not.toContain(bank.appId);
      if (list === 'challenges' || list === 'patrol-rules') expect(items).toEqual([]);
    }
    const { items } = expectStatus(await other.api('GET', '/v1/challenges?username=ann'), 200);
    expect(items).toEqual([]);
  });

  it('API-02: an id that exists elsewhere, one that does not, and one that is none look the same', async () => {
    const challenge = await bank.transaction('Ben');
    const ids = [challenge.id, '01990000-0000-7000-8000-000000000000', 'x', '1', `${challenge.id}'`];
    const texts = new Set<string>();
    for (const id of ids) {
      const { status, text } = await other.api('GET', `/v1/challenges/${encodeURIComponent(id)}`);
      texts.add(`${status} ${text}`);
    }
    expect([...texts]).toHaveLength(1);
    expect([...texts][0]).toMatch(/^404 /);
  });

  it('API-02: tickets, sessions, tokens and keys have at least 128 random bits and no pattern', async () => {
    const made: string[][] = [];
    for (let n = 0; n < 30; n++) {
      const { beginTicket } = await bank.transaction(`rnd-${n}`);
      const { session } = await bank.begin({ beginTicket });
      made.push([beginTicket.replace('cst_', ''), session, await bank.grant(`rnd-${n}`)]);
    }
    for (const column of [0, 1, 2]) {
      const values = made.map((row) => row[column]!);
      for (const value of values) expect(Buffer.from(value, 'base64url').length).toBeGreaterThanOrEqual(32);
      for (const length of [4, 8])
        expect(new Set(values.map((value) => value.slice(0, length))).size).toBeGreaterThan(28);
    }
  });

  it('API-09: too large, too deep, too many members, not JSON: 4xx at once, and others are served meanwhile', async () => {
    const path = '/v1/audit-actions';
    const deep = `{"auditActionId":"d","name":"n","username":"u","details":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    const wide = JSON.stringify({
      ...bank.action('u'),
      ...Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, 1])),
    });
    const large = JSON.stringify(bank.action('u', { details: 'x'.repeat(10_000_000) }));
    const event = JSON.stringify(bank.action('u', { details: 'x'.repeat(300_000) }));
    const tries: [string, number[]][] = [
      [deep, [400]],
      [wide, [400]],
      [large, [413]],
      [event, [413]],
      ['{"name":', [400]],
      ['[]', [400]],
      ['null', [400]],
      ['"x"', [400]],
    ];
    const started = performance.now();
    const [others] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => bank.api('GET', '/v1/policies'))),
      ...tries.map(async ([body, statuses]) => {
        const answer = await bank.api('POST', path, body);
        expect(statuses).toContain(answer.status);
        expect(answer.headers['content-type']).toMatch(/problem\+json/);
      }),
    ]);
    expect(others.every(({ status }) => status === 200)).toBe(true);
    expect(performance.now() - started).toBeLessThan(10_000);
    const csv = await bank.api('POST', path, 'a,b', { headers: { 'content-type': 'text/csv' } });
    expect([csv.status, csv.body.code]).toEqual([415, 'request/media-type']);
    const header = await bank.call('GET', '/v1/policies', { headers: { 'x-large': 'x'.repeat(20_000) } });
    expect([400, 431]).toContain(header.status);
  });

  it('API-09: 400 of these at once leave the system as ready as it was', async () => {
    const bodies = [
      '{"name":',
      JSON.stringify({ user: { username: 'x'.repeat(100_000) } }),
      '{"user":{"username":7}}',
    ];
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        bank.call('POST', '/fido2/v2/mfa/begin', { body: bodies[n % 3] }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect(answers.every(({ body }) => body.msgCode === 'bad_request')).toBe(true);
    expect((await send('GET', system.gateway, '/readyz')).status).toBe(200);
  });
});
