import { SsoData } from '../../test/sso-data.ts';

const sso = new SsoData();
let key: string;
let otherKey: string;
const path = (username: string) => `/v1/sso-identifiers/${encodeURIComponent(username)}`;
const bearer = (value: string) => `Bearer ${value}`;

beforeAll(async () => {
  await sso.open();
  key = bearer(sso.neighbours.key('demo', 'sso:read', 'sso:write'));
  otherKey = bearer(sso.neighbours.key('other', 'sso:read', 'sso:write'));
});
afterAll(() => sso.close());

describe('/v1/sso-identifiers/{username}', () => {
  it('seed Q5: PUT sets, GET reads, DELETE removes', async () => {
    expect(await sso.request('GET', path('dana'), key)).toMatchObject({
      status: 404,
      body: { code: 'sso/identifier-not-found' },
    });
    const put = await sso.request('PUT', path('dana'), key, { value: 'crm-4711' });
    expect([put.status, put.body]).toEqual([204, undefined]);
    expect(await sso.request('GET', path('dana'), key)).toMatchObject({
      status: 200,
      body: { value: 'crm-4711', updatedAt: expect.stringMatching(/Z$/) },
    });
    expect((await sso.request('DELETE', path('dana'), key)).status).toBe(204);
    expect((await sso.request('DELETE', path('dana'), key)).status).toBe(404);
    expect((await sso.request('GET', path('dana'), key)).status).toBe(404);
  });

  it('a second PUT replaces, and many at once leave one value', async () => {
    const values = Array.from({ length: 10 }, (_, n) => `value-${n}`);
    const answers = await Promise.all(values.map((value) => sso.request('PUT', path('kim'), key, { value })));
    expect(answers.map(({ status }) => status)).toEqual(values.map(() => 204));
    expect(values).toContain((await sso.request('GET', path('kim'), key)).body.value);
    await sso.request('PUT', path('kim'), key, { value: 'last' });
    expect((await sso.request('GET', path('kim'), key)).body.value).toBe('last');
  });

  it('design, words: usernames are compared trimmed, NFC and without case', async () => {
    await sso.request('PUT', path('  J\u00fcrgen/O’Neil '), key, { value: 'one' });
    expect((await sso.request('GET', path('ju\u0308rgen/o’neil'), key)).body.value).toBe('one');
    expect((await sso.request('GET', path('jurgen/o’neil'), key)).status).toBe(404);
  });

  it('a value is kept exactly as sent', async () => {
    const value = ' Ünïcode \u{1f511} "quoted" \\ ';
    await sso.request('PUT', path('exact'), key, { value });
    expect((await sso.request('GET', path('exact'), key)).body.value).toBe(value);
  });

  it.each([
    ['no value', {}],
    ['an empty value', { value: '' }],
    ['a number', { value: 1 }],
    ['an object (OTP-21)', { value: { $ne: 1 } }],
    ['too long', { value: 'x'.repeat(2049) }],
    ['a control character', { value: 'a\nb' }],
    ['NUL', { value: 'a\0b' }],
    ['an unknown member (ST-04)', { value: 'x', verified: true }],
  ])('400 with the field for %s', async (_case, body) => {
    const answer = await sso.request('PUT', path('dana'), key, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'request/invalid', field: expect.any(String) },
    });
  });

  it.each([' ', 'x'.repeat(257), 'a\u0007b'])('400 for a username that is none', async (username) => {
    expect((await sso.request('PUT', path(username), key, { value: 'x' })).status).toBe(400);
    expect((await sso.request('GET', path(username), key)).status).toBe(400);
  });
});

describe('/v1/sso-identifiers: who may', () => {
  it('EXT-06: no, wrong or session-like credential 401, before anything else is looked at', async () => {
    for (const authorization of [undefined, bearer('csk_wrong'), 'Basic !!!', 'Digest x'])
      expect((await sso.request('PUT', path(' '), authorization, { nonsense: 1 })).status).toBe(401);
  });

  it('EXT-06: a key without the scope is 403', async () => {
    const reader = bearer(sso.neighbours.key('demo', 'sso:read', 'challenge:write'));
    const writer = bearer(sso.neighbours.key('demo', 'sso:write'));
    expect((await sso.request('PUT', path('dana'), reader, { value: 'x' })).status).toBe(403);
    expect((await sso.request('DELETE', path('dana'), reader)).status).toBe(403);
    expect((await sso.request('GET', path('dana'), writer)).status).toBe(403);
  });

  it('API-01: another application’s rows are not there, and are not touched', async () => {
    await sso.request('PUT', path('shared'), key, { value: 'demo’s' });
    expect((await sso.request('GET', path('shared'), otherKey)).status).toBe(404);
    expect((await sso.request('DELETE', path('shared'), otherKey)).status).toBe(404);
    await sso.request('PUT', path('shared'), otherKey, { value: 'other’s' });
    expect((await sso.request('GET', path('shared'), key)).body.value).toBe('demo’s');
    expect((await sso.request('GET', `/apps/demo${path('shared')}`, otherKey)).status).toBe(404);
    expect((await sso.request('GET', `/apps/DEMO${path('shared')}`, key)).status).toBe(200);
  });

  it('design: mfa-orchestrator or token-service away means 503 with Retry-After, never a guess', async () => {
    sso.neighbours.away.add('mfa-orchestrator');
    const put = await sso.request('PUT', path('dana'), key, { value: 'x' });
    expect([put.status, put.headers.get('retry-after')]).toEqual([503, '1']);
    sso.neighbours.away.clear();
    sso.neighbours.away.add('token-service');
    const fresh = bearer(sso.neighbours.key('demo', 'sso:read'));
    expect((await sso.request('GET', path('dana'), fresh)).status).toBe(503);
    sso.neighbours.away.clear();
  });
});

describe('/v1/sso-identifiers: at rest', () => {
  it('security 16: the value is in no column, and a row moved to another user does not open', async () => {
    await sso.request('PUT', path('alice'), key, { value: 'plain-as-day' });
    await sso.request('PUT', path('bob'), key, { value: 'bob’s' });
    const { database } = sso.service;
    const rows = await database.query('SELECT * FROM sso_identifiers');
    expect(JSON.stringify(rows)).not.toContain('plain-as-day');
    await database.query(
      `UPDATE sso_identifiers SET sealed_value = (SELECT sealed_value FROM sso_identifiers WHERE username_key = 'alice')
       WHERE username_key = 'bob'`,
    );
    const stolen = await sso.request('GET', path('bob'), key);
    expect(stolen).toMatchObject({ status: 500, body: { code: 'fault/internal' } });
    expect(JSON.stringify(stolen.body)).not.toContain('plain');
    await sso.request('DELETE', path('bob'), key);
  });

  it('equal values are sealed differently', async () => {
    for (const user of ['twin-1', 'twin-2']) await sso.request('PUT', path(user), key, { value: 'same' });
    const rows = await sso.service.database.query<{ sealed: string; keyId: string }>(
      `SELECT sealed_value AS sealed, key_id AS "keyId" FROM sso_identifiers WHERE username_key LIKE 'twin-%'`,
    );
    expect(new Set(rows.map(({ sealed }) => sealed)).size).toBe(2);
    expect(rows.every(({ keyId }) => keyId === 'user')).toBe(true);
  });
});
