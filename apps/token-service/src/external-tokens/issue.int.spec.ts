import { sha256 } from '@countersign/security';
import { eventFlow, grant, ownToken, set } from '../../test/external-tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
let key: string;
let keyId: string;
beforeAll(async () => {
  bed = await startTokenService('issue');
  await bed.application('bank');
  await bed.application('shop');
  ({ key, keyId } = await bed.apiKey('bank', ['external:verify']));
});
afterAll(() => bed?.close());

describe('road grant: POST /fido2/v2/mgmt/grant/external-auth', () => {
  it('L4: a Basic key with external-verify gets 200 and a token of 256 bit', async () => {
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    const answer = await bed.call('POST', '/apps/bank/fido2/v2/mgmt/grant/external-auth', {
      headers: { authorization },
      body: { username: 'dana' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
  });

  it('L4: lacking scope 403, bad or absent key 401, missing username 400, in LoginID’s shape', async () => {
    const weak = await bed.apiKey('bank', ['app:read']);
    const ask = async (by: string | undefined, body: unknown) => {
      const answer = await grant(bed, by, body);
      return [answer.status, answer.body.msgCode];
    };
    expect(await ask(weak.key, { username: 'dana' })).toEqual([403, 'forbidden']);
    expect(await ask('csk_bad', { username: 'dana' })).toEqual([401, 'unauthorized']);
    expect(await ask(undefined, {})).toEqual([401, 'unauthorized']);
    expect(await ask(key, {})).toEqual([400, 'bad_request']);
    expect(await ask(key, { username: ' ' })).toEqual([400, 'bad_request']);
    expect(await ask(key, { username: { $ne: '' } })).toEqual([400, 'bad_request']);
  });

  it('EXT-06: another application’s key 404, a revoked one 401, a cookie 401', async () => {
    const path = '/apps/bank/fido2/v2/mgmt/grant/external-auth';
    const foreign = await bed.apiKey('shop', ['external:verify']);
    expect((await bed.call('POST', path, { key: foreign.key, body: { username: 'dana' } })).status).toBe(404);
    const revoked = await bed.apiKey('bank', ['external:verify']);
    await bed.call('DELETE', `/v1/api-keys/${revoked.keyId}`, { key: bed.platformKey });
    expect((await grant(bed, revoked.key, { username: 'dana' })).status).toBe(401);
    const headers = { cookie: `session=${key}` };
    expect((await bed.call('POST', path, { headers, body: { username: 'dana' } })).status).toBe(401);
  });

  it('EXT-06: is nothing a page can call: no CORS, no preflight', async () => {
    const path = '/apps/bank/fido2/v2/mgmt/grant/external-auth';
    const origin = 'https://page.example';
    const answer = await bed.call('POST', path, { key, body: { username: 'dana' }, headers: { origin } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await bed.call('OPTIONS', path, {
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('200 also for a user nobody knows', async () => {
    expect((await grant(bed, key, { username: 'nobody-yet' })).status).toBe(200);
  });

  it('EXT-02: a flow or challenge named has to be that user’s: 403', async () => {
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    bed.orchestrator.challenges.set('challenge-1', {
      ...{ challengeId: 'challenge-1', appId: 'bank', userId: flow.userId, usernameKey: 'dana' },
      ...{ context: 'event', status: 'pending', subjectDigest: 'digest-1' },
    });
    expect((await grant(bed, key, { username: 'DANA', flowId: flow.flowId })).status).toBe(200);
    expect((await grant(bed, key, { username: 'dana', challengeId: 'challenge-1' })).status).toBe(200);
    expect((await grant(bed, key, { username: 'eve', flowId: flow.flowId })).status).toBe(403);
    expect((await grant(bed, key, { username: 'eve', challengeId: 'challenge-1' })).status).toBe(403);
  });

  it('API-01: unknown and foreign flows are the same 404', async () => {
    const foreign = bed.orchestrator.openFlow('dana', { appId: 'shop' });
    const answers = [
      await grant(bed, key, { username: 'dana', flowId: foreign.flowId }),
      await grant(bed, key, { username: 'dana', flowId: 'nothing' }),
      await grant(bed, key, { username: 'dana', challengeId: 'nothing' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(answers[0]!.body).toEqual(answers[1]!.body);
    const escape = await grant(bed, key, { username: 'dana', flowId: '../users/resolve' });
    expect(escape.status).toBe(400);
  });

  it('a key vouches only in its contexts', async () => {
    const login = await bed.apiKey('bank', ['external:verify'], { contexts: ['login'] });
    const event = await bed.apiKey('bank', ['external:verify'], { contexts: ['event'] });
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    expect((await grant(bed, login.key, { username: 'dana', flowId: flow.flowId })).status).toBe(403);
    expect((await grant(bed, login.key, { username: 'dana' })).status).toBe(200);
    expect((await grant(bed, event.key, { username: 'dana' })).status).toBe(403);
  });

  it('unknown members have no effect on /fido2/v2', async () => {
    const { body } = await grant(bed, key, { username: 'dana', acr: 'aal3', expiresAt: '2099-01-01' });
    const [row] = await bed.rows<{ acr: string; ttl: string }>(
      `SELECT acr, extract(epoch FROM expires_at - created_at)::int::text AS ttl FROM external_tokens WHERE token_hash = $1`,
      [sha256(body.token)],
    );
    expect(row).toEqual({ acr: 'aal1', ttl: '60' });
  });

  it('EXT-08: is kept by its SHA-256, lives as long as the application says, and is told of (Q10)', async () => {
    await bed.call('PATCH', '/v1/applications/bank', {
      key: bed.platformKey,
      body: { settings: { externalTokenTtlSeconds: 45 } },
    });
    const flow = bed.orchestrator.openFlow('dana');
    const { body } = await grant(bed, key, { username: 'dana', flowId: flow.flowId });
    const [row] = await bed.rows<Record<string, unknown>>(
      `SELECT *, extract(epoch FROM expires_at - created_at)::int AS ttl FROM external_tokens WHERE flow_id = $1`,
      [flow.flowId],
    );
    expect(row).toMatchObject({ token_hash: sha256(body.token), user_id: flow.userId, ttl: 45 });
    expect(JSON.stringify(row)).not.toContain(body.token);
    const said = (await bed.events('token.external-token.issued.v1')).filter(
      (e) => e.data.flowId === flow.flowId,
    );
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({
      appid: 'bank',
      source: '/token-service',
      subject: row!['token_id'],
      data: { tokenId: row!['token_id'], userId: flow.userId, keyId },
    });
    const outbox = JSON.stringify(said);
    for (const secret of [body.token, sha256(body.token), 'dana']) expect(outbox).not.toContain(secret);
  });

  it('asks the orchestrator once, and not at all before the key is good', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    bed.orchestrator.asked.length = 0;
    await grant(bed, 'csk_bad', { username: 'dana', flowId: flow.flowId });
    expect(bed.orchestrator.asked).toEqual([]);
    await grant(bed, key, { username: 'dana', flowId: flow.flowId });
    expect(bed.orchestrator.asked).toEqual([`GET /internal/flows/${flow.flowId}`]);
  });
});

describe('road set: PUT /v1/external-tokens', () => {
  it('seed Q1: sets the extension’s own token for a flow: 204', async () => {
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    const answer = await set(bed, key, { flowId: flow.flowId, username: 'dana', token: ownToken() });
    expect([answer.status, answer.body]).toEqual([204, '']);
  });

  it('refuses: another user 403, unknown or foreign flow 404, ended or not offering external 409', async () => {
    const open = bed.orchestrator.openFlow('dana');
    const foreign = bed.orchestrator.openFlow('dana', { appId: 'shop' });
    const ended = bed.orchestrator.openFlow('dana', { status: 'completed' });
    const passkeyOnly = bed.orchestrator.openFlow('dana', { offersExternal: false });
    const ask = async (flowId: string, username = 'dana') => {
      const { status, body } = await set(bed, key, { flowId, username, token: ownToken() });
      return [status, body.code];
    };
    expect(await ask(open.flowId, 'eve')).toEqual([403, 'token/user-mismatch']);
    expect(await ask('nothing')).toEqual([404, 'token/flow-not-found']);
    expect(await ask(foreign.flowId)).toEqual([404, 'token/flow-not-found']);
    expect(await ask(ended.flowId)).toEqual([409, 'token/flow-unfit']);
    expect(await ask(passkeyOnly.flowId)).toEqual([409, 'token/flow-unfit']);
    expect(
      await bed.rows('SELECT 1 FROM external_tokens WHERE flow_id = ANY ($1)', [
        [open, foreign, ended, passkeyOnly].map(({ flowId }) => flowId),
      ]),
    ).toEqual([]);
  });

  it('takes 32 to 512 visible characters and no unknown member', async () => {
    const { flowId } = bed.orchestrator.openFlow('dana');
    const ask = async (token: unknown, more = {}) =>
      (await set(bed, key, { flowId, username: 'dana', token, ...more })).status;
    expect(await ask('x'.repeat(32))).toBe(204);
    expect(await ask('x'.repeat(512))).toBe(204);
    for (const token of [
      'x'.repeat(31),
      'x'.repeat(513),
      `${'x'.repeat(40)} `,
      `${'x'.repeat(40)}é`,
      42,
      null,
    ]) {
      expect(await ask(token)).toBe(400);
    }
    expect(await ask(ownToken(), { verified: true })).toBe(400);
  });

  it('EXT-06: needs external:verify', async () => {
    const { flowId } = bed.orchestrator.openFlow('dana');
    const weak = await bed.apiKey('bank', ['app:write']);
    const body = { flowId, username: 'dana', token: ownToken() };
    expect((await set(bed, weak.key, body)).status).toBe(403);
    expect((await set(bed, undefined, body)).status).toBe(401);
    const foreign = await bed.apiKey('shop', ['external:verify']);
    expect((await set(bed, foreign.key, body)).status).toBe(404);
  });
});

describe('while mfa-orchestrator is away', () => {
  it('both roads answer 503 and keep nothing', async () => {
    const before = await bed.rows('SELECT 1 FROM external_tokens');
    await bed.restart({
      serviceUrls: { ...bed.config.serviceUrls, 'mfa-orchestrator': 'http://127.0.0.1:1' },
    });
    const granted = await grant(bed, key, { username: 'dana' });
    expect([granted.status, granted.headers['retry-after'], granted.body.msgCode]).toEqual([
      503,
      '1',
      'internal_error',
    ]);
    expect((await set(bed, key, { flowId: 'f', username: 'dana', token: ownToken() })).status).toBe(503);
    expect(await bed.rows('SELECT 1 FROM external_tokens')).toHaveLength(before.length);
  });
});
