import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { FixedClock } from '@countersign/kernel';
import { withApp } from '../../src/authenticator-app.ts';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { claimsOf, decode, verifiedDecision } from '../../src/decision.ts';
import { DeviceKey } from '../../src/device-key.ts';
import { bearer } from '../../src/http.ts';
import { offered } from '../../src/next-actions.ts';
import { Page } from '../../src/page.ts';
import { System } from '../../src/system.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('what clients say of themselves', () => {
  const clock = new FixedClock(new Date());
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('claims', { clock });
    bank = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  it('ST-14: no header and no member makes a device a trusted one', async () => {
    const careful = await system.bank({ settings: { defaultPolicies: { login: 'known-device' } } });
    await careful.policy('known-device', {
      offers: ['totp', 'external'],
      satisfiedBy: [['external'], ['totp']],
      externalAlone: ['new-device'],
    });
    await withApp(careful, 'ann', clock);
    const key = new DeviceKey();
    const begin = (more: object = {}, headers: Record<string, string> = {}) =>
      careful.begin({ user: { username: 'ann' }, ...more }, { headers });
    const first = await begin({ trustItems: { auth: key.trustId() } });
    const { deviceId } = expectStatus(await first.verify(await careful.grant('ann')), 200);
    expect(offered((await begin({ trustItems: { auth: key.trustId() } })).begun)).toContain('totp:verify');
    const claims = {
      ...{ deviceId, trusted: true, trustedDevice: true, rememberMe: true, knownDevice: true },
      ...{ risk: 'low', riskScore: 0, skipMfa: true, trustItems: { auth: deviceId } },
      deviceInfo: { deviceId, trusted: true },
    };
    const headers = {
      ...{ 'x-trusted-device': 'true', 'x-device-id': deviceId, 'x-device-trust': deviceId },
      ...{ 'x-skip-otp': '1', 'x-mfa-skip': 'true', 'x-risk-score': '0', 'x-risk': 'low' },
      ...{ 'x-forwarded-for': '10.0.0.1', 'x-internal': 'true', 'x-ssl-client-verify': 'SUCCESS' },
      cookie: `device=${deviceId}; trusted=true; remember=1`,
    };
    expect(offered((await begin(claims, headers)).begun)).toEqual(['external']);
  });

  it('ST-15: a login of aal1 passes for nothing more: what asks for aal2 gets aal2, or no decision', async () => {
    const { app } = await withApp(bank, 'ben', clock);
    clock.advance(30);
    await bank.policy('raised', {
      offers: ['external', 'totp'],
      satisfiedBy: [
        ['login', 'external'],
        ['login', 'totp'],
      ],
      loginMaxAgeSeconds: 300,
      combinedAcr: 'aal2',
    });
    const login = await bank.login('ben');
    const { accessToken } = expectStatus(await login.verify(await bank.grant('ben')), 200);
    expect(claimsOf(accessToken).acr).toBe('aal1');
    const { id } = await bank.transaction('ben', { requires: 'raised' });
    const wanted = {
      acr: 'aal2',
      acr_values: 'aal2',
      claims: { acr: 'aal2' },
      prompt: 'none',
      max_age: 3600,
    };
    const begun = await bank.tryBegin({ challengeId: id, ...wanted }, { authorization: bearer(accessToken) });
    expect(begun.body.payloadSignature).toBeUndefined();
    const page = new Page(bank, expectStatus(begun, 200));
    // the same check again is one factor still
    const again = await page.verify(await bank.grant('ben', { challengeId: id }));
    expect([again.status, again.body.payloadSignature]).toEqual([401, undefined]);
    expect((await bank.challenge(id)).status).toBe('pending');
    const done = expectStatus(await page.step('totp/verify', { otp: app.code(), ...wanted }), 200);
    expect((await verifiedDecision(bank, done.payloadSignature)).acr).toBe('aal2');
    // and the login is what it was
    expect((await bank.api('POST', '/fido2/v2/mgmt/token/verify', { jwtAccess: accessToken })).status).toBe(
      204,
    );
    expect(claimsOf(accessToken).acr).toBe('aal1');
  });

  it('EXT-11: a token counts in the body alone; elsewhere it is not used up, and in no log', async () => {
    const page = await bank.login('cora');
    const token = await bank.grant('cora', { flowId: page.flowId });
    const path = '/fido2/v2/mfa/third-party/verify';
    const places: [string, string, object][] = [
      ['POST', `${path}?token=${token}`, { body: {} }],
      ['GET', `${path}?token=${token}`, {}],
      ['POST', path, { body: {}, headers: { 'x-token': token, token, referer: `https://bank/?t=${token}` } }],
      ['POST', path, { body: {}, headers: { cookie: `token=${token}` } }],
      ['POST', `${path}/${token}`, { body: {} }],
      ['POST', path, { body: { payload: token } }],
    ];
    for (const [method, where, more] of places) {
      const answer = await bank.call(method, where, { authorization: page.session, ...more });
      expect([400, 404]).toContain(answer.status);
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
      expect(JSON.stringify([answer.text, answer.headers])).not.toContain(token);
    }
    expect((await bank.call('POST', path, { authorization: token, body: { token } })).status).toBe(401);
    expectStatus(await page.verify(token), 200);
    const granted = await bank.api('GET', '/fido2/v2/mgmt/grant/external-auth?username=cora');
    expect([granted.status, granted.body.token]).toEqual([404, undefined]);
    const set = 'x'.repeat(20) + 'y'.repeat(20);
    const query = `?username=cora&flowId=${page.flowId}&token=${set}`;
    expect((await bank.api('PUT', `/v1/external-tokens${query}`, {})).status).toBe(400);
    expect(system.logs.filter((line) => line.includes(token) || line.includes(set))).toEqual([]);
  });

  describe('JWT-01, JWT-02: an access token forged from a real one', () => {
    let real: string;
    let published: JsonWebKey;
    beforeAll(async () => {
      const page = await bank.login('dora');
      real = expectStatus(await page.verify(await bank.grant('dora')), 200).accessToken;
      const { keys } = (await bank.call('GET', '/fido2/v2/.well-known/jwks.json')).body;
      published = keys.find(({ kid }: { kid: string }) => kid === decode(real).header.kid);
    });

    /** The real token's claims under another header; signed by `by`. */
    const forged = (header: object, by: (text: string) => string, claims: object = {}) => {
      const parts = decode(real);
      const text = `${part({ ...parts.header, ...header })}.${part({ ...parts.payload, ...claims })}`;
      return `${text}.${by(text)}`;
    };
    const hmac = (secret: string | Buffer) => (text: string) =>
      createHmac('sha256', secret).update(text).digest('base64url');
    const ownKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const es256 = (key: KeyObject) => (text: string) =>
      sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    const pem = () =>
      createPublicKey({ key: published, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

    it.each<[string, () => string]>([
      ['alg none', () => forged({ alg: 'none' }, () => '')],
      ['alg None', () => forged({ alg: 'None' }, () => '')],
      ['alg nOnE', () => forged({ alg: 'nOnE' }, () => '')],
      ['an empty signature', () => forged({}, () => '')],
      ['the signature of other claims', () => forged({}, () => real.split('.')[2]!, { sub: 'somebody' })],
      ['HS256 by the public key as PEM', () => forged({ alg: 'HS256' }, hmac(pem() as string))],
      ['HS256 by the public key as JWK', () => forged({ alg: 'HS256' }, hmac(JSON.stringify(published)))],
      ['HS256 by an empty key', () => forged({ alg: 'HS256' }, hmac(''))],
      ['another key under the same kid', () => forged({}, es256(ownKey().privateKey))],
      [
        'a key of its own in the header',
        () => {
          const { privateKey, publicKey } = ownKey();
          return forged({ jwk: publicKey.export({ format: 'jwk' }) }, es256(privateKey));
        },
      ],
    ])('%s opens nothing', async (_, make) => {
      const token = make();
      for (const authorization of [token, bearer(token)])
        for (const path of ['/v1/me/factors', '/fido2/v2/passkeys'])
          expectStatus(await bank.call('GET', path, { authorization }), 401);
      const verified = await bank.api('POST', '/fido2/v2/mgmt/token/verify', { jwtAccess: token });
      expectStatus(verified, 401);
      const { id } = await bank.transaction('dora');
      expectStatus(await bank.tryBegin({ challengeId: id }, { authorization: bearer(token) }), 401);
      expectStatus(await bank.call('GET', '/v1/me/factors', { authorization: real }), 200);
    });
  });

  it('OTP-20: a prompt is approved by a proof, and by no yes', async () => {
    const challenge = await bank.challenged(bank.action('emil'));
    const page = await bank.beginChallenge(challenge.id);
    const yes = { approved: true, approve: true, answer: 'yes', decision: 'approved', outcome: 'allowed' };
    for (const path of ['approve', 'complete', 'push/verify', 'confirm', 'accept', 'third-party/verify'])
      expect([400, 404]).toContain((await page.repeat(path, yes)).status);
    for (const path of ['approve', 'complete', 'confirm', ''])
      for (const method of ['POST', 'PUT', 'PATCH'])
        expect([404]).toContain(
          (await bank.api(method, `/v1/challenges/${challenge.id}/${path}`.replace(/\/$/, ''), yes)).status,
        );
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    expectStatus(await page.verify(await bank.grant('emil', { flowId: page.flowId })), 200);
    expect((await bank.challenge(challenge.id)).status).toBe('completed');
  });
});
