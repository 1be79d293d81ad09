import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTokenService('applications');
  await bed.application('bank');
  await bed.application('shop');
});
afterAll(() => bed?.close());

const platform = () => bed.platformKey;

describe('applications', () => {
  it('are made by the platform, with every setting at its default', async () => {
    const body = { appId: 'Fresh', name: 'Fresh Bank', settings: { externalTokenTtlSeconds: 30 } };
    const made = await bed.call('POST', '/v1/applications', { key: platform(), body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      appId: 'fresh',
      name: 'Fresh Bank',
      settings: {
        externalTokenTtlSeconds: 30,
        accountExistence: 'conceal',
        auditActions: { trust: 'signed' },
      },
    });
    expect((await bed.call('POST', '/v1/applications', { key: platform(), body })).body.code).toBe(
      'token/application-exists',
    );
  });

  it('platform is a reserved id', async () => {
    const body = { appId: 'PLATFORM', name: 'x' };
    const answer = await bed.call('POST', '/v1/applications', { key: platform(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 'token/application-reserved']);
  });

  it('ST-04: unknown members are refused, in the body and in the settings', async () => {
    for (const body of [
      { appId: 'x1', name: 'x', admin: true },
      { appId: 'x1', name: 'x', settings: { admin: true } },
    ]) {
      expect((await bed.call('POST', '/v1/applications', { key: platform(), body })).status).toBe(400);
    }
    const poison = '{"appId":"x1","name":"x","settings":{"__proto__":{"a":1}}}';
    expect((await bed.call('POST', '/v1/applications', { key: platform(), body: poison })).status).toBe(400);
    expect((await bed.call('GET', '/v1/applications/x1', { key: platform() })).status).toBe(404);
  });

  it('are listed by the platform alone, page by page, with sealed cursors (API-04)', async () => {
    const first = await bed.call('GET', '/v1/applications?limit=2', { key: platform() });
    expect(first.body.items.map((item: { appId: string }) => item.appId)).toEqual(['bank', 'fresh']);
    const next = await bed.call('GET', `/v1/applications?limit=2&cursor=${first.body.next}`, {
      key: platform(),
    });
    expect(next.body.items.map((item: { appId: string }) => item.appId)).toEqual(['platform', 'shop']);
    expect(next.body.next).toBeUndefined();
    const forged = await bed.call('GET', '/v1/applications?cursor=YmFuaw', { key: platform() });
    expect([forged.status, forged.body.code]).toEqual([400, 'request/cursor-invalid']);
  });

  it('change by PATCH, member by member, and keep their id', async () => {
    const { key } = await bed.apiKey('bank', ['app:read', 'app:write']);
    const patch = (body: object) => bed.call('PATCH', '/v1/applications/bank', { key, body });
    expect((await patch({ settings: { budgets: { eventChallengesPerHour: 9 } } })).status).toBe(200);
    expect((await patch({ name: 'The Bank', settings: { rpId: 'bank.example' } })).body).toMatchObject({
      name: 'The Bank',
      settings: { rpId: 'bank.example', budgets: { eventChallengesPerHour: 9, eventChallengesPerDay: 10 } },
    });
    expect((await patch({ appId: 'other' })).status).toBe(400);
    const invalid = await patch({ settings: { externalTokenTtlSeconds: 10 } });
    expect([invalid.status, invalid.body.field]).toEqual([400, 'settings.externalTokenTtlSeconds']);
  });

  it('API-07: half a surrogate pair is 400 with its field, in names and in settings', async () => {
    const half = '\\ud800'; // an escape: as a character it would not leave this process
    const sent = [
      ['POST', '/v1/applications', `{"appId":"half","name":"${half}"}`, 'name'],
      ['POST', '/v1/applications', `{"appId":"half","name":"x","settings":{"origins":["${half}"]}}`],
      ['PATCH', '/v1/applications/bank', `{"name":"${half}"}`, 'name'],
      ['PATCH', '/v1/applications/bank', `{"settings":{"origins":["${half}"]}}`],
      ['POST', '/v1/api-keys', `{"appId":"bank","name":"${half}","scopes":["app:read"]}`, 'name'],
    ] as const;
    for (const [method, path, body, field = 'settings.origins.0'] of sent) {
      const answer = await bed.call(method, path, { key: platform(), body });
      expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'request/invalid', field]);
    }
  });

  it('CWE-451: a name reads as it is written', async () => {
    for (const name of ['Bank\u202eknaB', 'Bank\u2066', 'Bank\n']) {
      const answer = await bed.call('PATCH', '/v1/applications/bank', { key: platform(), body: { name } });
      expect([answer.status, answer.body.field]).toEqual([400, 'name']);
    }
  });

  it('two changes at once both hold', async () => {
    const change = (settings: object) =>
      bed.call('PATCH', '/v1/applications/shop', { key: platform(), body: { settings } });
    await Promise.all([change({ externalTokenTtlSeconds: 31 }), change({ accessTokenTtlSeconds: 61 })]);
    const { body } = await bed.call('GET', '/v1/applications/shop', { key: platform() });
    expect(body.settings).toMatchObject({ externalTokenTtlSeconds: 31, accessTokenTtlSeconds: 61 });
  });

  it('API-01: a key sees its own application and no other', async () => {
    const { key } = await bed.apiKey('shop', ['app:read', 'app:write']);
    expect((await bed.call('GET', '/v1/applications/shop', { key })).status).toBe(200);
    const foreign = await bed.call('GET', '/v1/applications/bank', { key });
    const absent = await bed.call('GET', '/v1/applications/nowhere', { key });
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual(absent.body);
    const patch = { key, body: { name: 'mine now' } };
    expect((await bed.call('PATCH', '/v1/applications/bank', patch)).status).toBe(404);
    expect((await bed.call('GET', '/v1/applications', { key })).status).toBe(403);
    expect(
      (await bed.call('POST', '/v1/applications', { key, body: { appId: 'x2', name: 'x' } })).status,
    ).toBe(403);
  });

  it('credentials are looked at first: 401 whatever else is wrong', async () => {
    for (const key of [undefined, 'csk_nothing']) {
      expect((await bed.call('POST', '/v1/applications', { key, body: '{' })).status).toBe(401);
      expect((await bed.call('GET', '/v1/applications/bank', { key })).status).toBe(401);
    }
  });

  it('host names lead to one application, are given by the platform and found by services', async () => {
    const set = (appId: string, key: string) =>
      bed.call('PATCH', `/v1/applications/${appId}`, {
        key,
        body: { settings: { hostAliases: ['login.bank.example'] } },
      });
    const { key } = await bed.apiKey('bank', ['app:write']);
    expect((await set('bank', key)).status).toBe(403);
    expect((await set('bank', platform())).status).toBe(200);
    const taken = await set('shop', platform());
    expect([taken.status, taken.body.code]).toEqual([409, 'token/host-taken']);
    expect(
      (await bed.call('GET', '/v1/applications/shop', { key: platform() })).body.settings.hostAliases,
    ).toEqual([]);
    const byHost = '/internal/applications?host=LOGIN.bank.example';
    expect((await bed.as('sso-data', 'GET', byHost)).body.appId).toBe('bank');
    const jwks = { headers: { host: 'login.bank.example' } };
    expect((await bed.call('GET', '/fido2/v2/.well-known/jwks.json', jwks)).status).toBe(200);
  });

  it('are known to every service and to nobody else', async () => {
    const found = await bed.as('mfa-orchestrator', 'GET', '/internal/applications/BANK');
    expect(found.body).toMatchObject({ appId: 'bank', settings: { accountExistence: 'conceal' } });
    expect(found.body.createdAt).toBeUndefined();
    expect((await bed.as('sso-data', 'GET', '/internal/applications/nowhere')).status).toBe(404);
    expect((await bed.call('GET', '/internal/applications/bank', { key: platform() })).status).toBe(401);
  });

  it('are listed for oidc-broker alone, page by page', async () => {
    const first = await bed.as('oidc-broker', 'GET', '/internal/applications?limit=1');
    expect(first.body.items.map((item: { appId: string }) => item.appId)).toEqual(['bank']);
    expect(first.body.items[0]).not.toHaveProperty('createdAt');
    const next = `/internal/applications?limit=1&cursor=${first.body.next}`;
    expect((await bed.as('oidc-broker', 'GET', next)).body.items).toHaveLength(1);
    expect((await bed.as('sso-data', 'GET', '/internal/applications')).status).toBe(400);
  });

  it('C6: mfa-orchestrator changes how codes are sent, and nothing else', async () => {
    const patch = (body: object, caller: 'mfa-orchestrator' | 'oidc-broker' = 'mfa-orchestrator') =>
      bed.as(caller, 'PATCH', '/internal/applications/shop/otp', body);
    const changed = await patch({ sms: { length: 8, enabled: false } });
    expect(changed.body).toMatchObject({
      appId: 'shop',
      settings: { otp: { sms: { length: 8, enabled: false } } },
    });
    expect(changed.body.settings.otp.email).toMatchObject({ length: 6, enabled: true });
    const short = await patch({ sms: { length: 5 } });
    expect([short.status, short.body.field]).toEqual([400, 'settings.otp.sms.length']);
    expect((await patch({ accountExistence: 'disclose' })).status).toBe(400);
    expect((await patch({ sms: { length: 8 } }, 'oidc-broker')).status).toBe(403);
    expect((await bed.as('mfa-orchestrator', 'PATCH', '/internal/applications/nowhere/otp', {})).status).toBe(
      404,
    );
  });

  it('are made once for an Idempotency-Key, and the answer repeated', async () => {
    const make = (name: string) =>
      bed.call('POST', '/v1/applications', {
        key: platform(),
        body: { appId: 'twice', name },
        headers: { 'idempotency-key': 'make-twice' },
      });
    const [first, second] = [await make('Twice'), await make('Twice')];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect((await make('Other')).body.code).toBe('idempotency/key-reused');
  });
});

describe('applications in production', () => {
  it('EV-01: unsigned audit actions are taken only behind broker ACLs', async () => {
    const body = { settings: { auditActions: { trust: 'broker' } } };
    const patch = () => bed.call('PATCH', '/v1/applications/bank', { key: platform(), body });
    await bed.restart({ securityProfile: 'production' });
    const refused = await patch();
    expect([refused.status, refused.body.code]).toEqual([400, 'token/trust-refused']);
    await bed.restart({ securityProfile: 'production', busTrust: 'acl' });
    expect((await patch()).status).toBe(200);
  });
});
