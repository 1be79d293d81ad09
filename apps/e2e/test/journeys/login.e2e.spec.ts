import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { decode, verifiedAccessToken } from '../../src/decision.ts';
import { bearer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

describe('login', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('login');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const logIn = async (username: string) => {
    const page = await bank.login(username);
    return expectStatus(await page.verify(await bank.grant(username)), 200);
  };

  it('contracts L1: an unknown user gets signUp, a session and external alone', async () => {
    const { begun } = await bank.login('new-to-us@example.com');
    expect(begun).toMatchObject({
      msgCode: 'additional_auth_required',
      msg: expect.any(String),
      flow: 'signUp',
      nextAction: 'external',
    });
    expect(begun.session.length).toBeGreaterThanOrEqual(16);
    expect(begun.next).toEqual([
      { action: { name: 'external', label: expect.any(String), desc: expect.any(String) } },
    ]);
  });

  it('contracts L2: a known user signs in, and gets external too', async () => {
    await logIn('Lena');
    const { begun } = await bank.login('lena');
    expect([begun.flow, begun.nextAction]).toEqual(['signIn', 'external']);
  });

  it('contracts L5, L8: a token that names no flow completes the login; the access token holds everywhere', async () => {
    const mfa = await logIn('max@example.com');
    expect(Object.keys(mfa)).toEqual(
      expect.arrayContaining([
        'flow',
        'payload',
        'payloadSignature',
        'idToken',
        'accessToken',
        'refreshToken',
      ]),
    );
    expect([mfa.payload, mfa.payloadSignature]).toEqual(['', '']);
    // LoginID's SDK reads exp from every token that is not empty (contracts §1.7)
    for (const token of [mfa.accessToken, mfa.idToken, mfa.refreshToken])
      expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).exp).toBeGreaterThan(0);
    const claims = await verifiedAccessToken(bank, mfa.accessToken);
    expect(claims).toMatchObject({
      aud: bank.appId,
      username: 'max@example.com',
      rpId: `${bank.appId}.localhost`,
      tokenType: 'jwtAccess',
      verify: '/fido2/v2/mgmt/token/verify',
      amr: ['ext'],
      acr: 'aal1',
    });
    expect(claims.exp - claims.iat).toBe(600);
    const { userId } = expectStatus(await bank.api('GET', '/v1/users/max@example.com'), 200);
    expect(claims.sub).toBe(userId);
    expect(Buffer.from(userId, 'base64url')).toHaveLength(16);
    const verify = (jwtAccess: string, of = bank) =>
      of.api('POST', '/fido2/v2/mgmt/token/verify', { jwtAccess });
    expect((await verify(mfa.accessToken)).status).toBe(204);
    expect((await verify(mfa.idToken)).status).toBe(401);
    expect((await verify(`${mfa.accessToken.slice(0, -4)}AAAA`)).status).toBe(401);
    expect((await verify(mfa.accessToken, await system.bank())).status).toBe(401);
    expect(decode(mfa.idToken).payload.sub).toBe(userId);
  });

  it('contracts 1.2, L7: the session counts raw and as Bearer, in any case, and in no other form', async () => {
    const page = await bank.login('Nora');
    const { session } = page;
    for (const form of [session, bearer(session), `bearer ${session}`])
      expect((await page.current(form)).status).toBe(200);
    for (const form of ['', 'x', `Basic ${session}`, `${session}x`, `Bearer Bearer ${session}`])
      expect((await page.current(form)).status).toBe(401);
    const inQuery = await bank.call('GET', `/v1/flows/current?session=${session}&access_token=${session}`);
    const inCookie = await bank.call('GET', '/v1/flows/current', {
      headers: { cookie: `session=${session}` },
    });
    expect([inQuery.status, inCookie.status]).toEqual([401, 401]);
    const inBody = await bank.call('POST', '/fido2/v2/mfa/third-party/verify', {
      body: { session, token: await bank.grant('Nora') },
    });
    expect(inBody.status).toBe(401);
  });

  it('contracts 1.6: a refusal is 401 JSON without session, and leaves the session usable', async () => {
    const page = await bank.login('Olaf');
    const { session } = page;
    const refused = await page.verify('a-wrong-token-of-some-length-0123456789');
    expect([refused.status, refused.headers['content-type']]).toEqual([
      401,
      'application/json; charset=utf-8',
    ]);
    expect(Object.keys(refused.body).sort()).toEqual(['msg', 'msgCode']);
    expect(refused.body.msgCode).toBe('unauthorized');
    const malformed = await page.step('third-party/verify', {});
    expect([malformed.status, malformed.body.msgCode, malformed.body.session]).toEqual([
      400,
      'bad_request',
      undefined,
    ]);
    expect(page.session).toBe(session);
    expect((await page.verify(await bank.grant('Olaf'))).status).toBe(200);
  });

  it('contracts 1.6, L7: where policy wants two proofs the first is 401 with a new session, the second 200', async () => {
    const two = await system.bank({ settings: { defaultPolicies: { login: 'twice' } } });
    await two.policy('twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
    const page = await two.login('Pia');
    const before = page.session;
    const first = await page.verify(await two.grant('Pia', { flowId: page.flowId }));
    expect(first.status).toBe(401);
    expect(first.headers['content-type']).toMatch(/^application\/json/);
    expect(first.body).toMatchObject({ msgCode: 'additional_auth_required', nextAction: 'external' });
    expect(first.body.session).not.toBe(before);
    expect((await page.current(before)).status).toBe(401);
    const second = expectStatus(await page.verify(await two.grant('Pia', { flowId: page.flowId })), 200);
    expect((await verifiedAccessToken(two, second.accessToken)).amr).toEqual(['ext']);
    // the flow is over: its last session opens nothing more
    expect((await page.current()).status).toBe(401);
  });

  it('seed Q7: isAuthenticated says whether the user was known before the flow; a session is no access token', async () => {
    const login = await bank.login('Quentin');
    expect((await login.current()).body).toMatchObject({
      isAuthenticated: false,
      mfaInfo: { mfa_context: 'login' },
      status: 'open',
    });
    const challenge = await bank.transaction('Quentin');
    const refused = await bank.tryBegin({ challengeId: challenge.id }, { authorization: login.session });
    expect([refused.status, refused.body.session]).toEqual([401, undefined]);

    const { accessToken } = await logIn('Quentin');
    const page = await bank.begin({ challengeId: challenge.id }, { authorization: bearer(accessToken) });
    expect((await page.current()).body.isAuthenticated).toBe(true);
  });

  it('interface: an access token opens no challenge of another user, of another application, or none', async () => {
    const { accessToken, idToken } = await logIn('Rosa');
    const others = await bank.transaction('Stefan');
    const own = await bank.transaction('Rosa');
    const other = await system.bank();
    const foreign = await other.transaction('Rosa');
    const tries = [
      bank.tryBegin({ challengeId: others.id }, { authorization: bearer(accessToken) }),
      bank.tryBegin({ challengeId: own.id }, { authorization: bearer(idToken) }),
      bank.tryBegin({ challengeId: own.id }, { authorization: bearer(bank.apiKey) }),
      bank.tryBegin({ challengeId: own.id }),
      bank.tryBegin({ challengeId: foreign.id }, { authorization: bearer(accessToken) }),
      other.tryBegin({ challengeId: foreign.id }, { authorization: bearer(accessToken) }),
      bank.tryBegin({ user: { username: 'Stefan' }, challengeId: own.id }, { authorization: accessToken }),
    ];
    for (const { status, body } of await Promise.all(tries))
      expect([status, body.session]).toEqual([401, undefined]);
  });

  it('contracts 1.1: the application comes from the Host, in any case, without a path prefix', async () => {
    const host = `${bank.appId.toUpperCase()}.localhost:4000`;
    const body = { user: { username: 'Tom' } };
    const { send } = await import('../../src/http.ts');
    const begun = await send('POST', system.gateway, '/fido2/v2/mfa/begin', { body, headers: { host } });
    expect(begun.status).toBe(200);
    const { status } = await send('GET', system.gateway, '/v1/flows/current', {
      authorization: begun.body.session,
      headers: { host },
    });
    expect(status).toBe(200);
    const nameless = await send('POST', system.gateway, '/fido2/v2/mfa/begin', { body });
    expect([nameless.status, nameless.body.msgCode]).toEqual([404, 'not_found']);
    const both = await bank.tryBegin({ user: { username: 'Tom' } }, { headers: { host: 'other.localhost' } });
    expect([both.status, both.body.msgCode]).toEqual([400, 'bad_request']);
  });

  it('contracts 1.5: begin needs no user (the first proof says who it is), and drops what it does not know', async () => {
    for (const body of [{}, { user: {} }, { user: { username: '' } }]) {
      const begun = await bank.tryBegin(body);
      expect([begun.status, begun.body.nextAction]).toEqual([200, 'passkey:auth']);
    }
    expect((await bank.tryBegin({ user: { username: 'x'.repeat(257) } })).status).toBe(400);
    const { status } = await bank.tryBegin({
      user: { username: 'Ulf', usernameType: 'email', displayName: 'Ulf', name: 'U', phone: '+4911' },
      deviceInfo: { clientType: 'browser', hasBluetooth: false },
      trustItems: {},
      traceId: 'trace',
      somethingNew: 1,
    });
    expect(status).toBe(200);
  });
});
