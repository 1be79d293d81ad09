import { FixedClock } from '@countersign/kernel';
import { jwtVerify, importJWK, decodeProtectedHeader, type JWK } from 'jose';
import { begun, FakeServer } from '../../test/fake-server.ts';
import { memoryKeyStore } from '../trust/key-store.ts';
import { TrustIds } from '../trust/trust-id.ts';
import { baseOf } from './base-url.ts';

const begin = async (...args: Parameters<ReturnType<FakeServer['client']>['beginFlow']>) => {
  const server = new FakeServer().then(begun(['external']));
  await server.client().beginFlow(...args);
  return server.last;
};

describe('beginFlow', () => {
  it('§1.4: a bare username sends what LoginID’s SDK sends, and no credential', async () => {
    expect(await begin('dana')).toMatchObject({
      method: 'POST',
      path: '/apps/bank/fido2/v2/mfa/begin',
      authorization: null,
      body: {
        user: { username: 'dana', usernameType: 'other', displayName: 'dana' },
        deviceInfo: { clientType: 'other' },
        trustItems: {},
      },
    });
  });

  it('§1.10: options reach the wire under the server’s names', async () => {
    const options = {
      ...({
        displayName: 'Dana',
        usernameType: 'email',
        name: 'D. Scully',
        phone: '+491',
        traceId: 't',
      } as const),
      ...{ txPayload: '{"a":1}', beginTicket: 'ticket', challengeId: 'c', accessToken: 'at', deviceId: 'd' },
      enrol: ['totp:enrol' as const],
      merchantTrustId: 'm',
    };
    const { body, authorization } = await begin('dana', options);
    expect(authorization).toBe('Bearer at');
    expect(body).toEqual({
      user: {
        username: 'dana',
        usernameType: 'email',
        displayName: 'Dana',
        name: 'D. Scully',
        phone: '+491',
      },
      deviceInfo: { clientType: 'other', deviceId: 'd' },
      trustItems: { merchant: 'm' },
      ...{ payload: '{"a":1}', traceId: 't', beginTicket: 'ticket', challengeId: 'c', enrol: ['totp:enrol'] },
    });
  });

  it('§1.8: auth is sent only for a named user, beside no merchant’s, and not where it is unwanted', async () => {
    const trustItems = async (username: string, options = {}) => {
      const server = new FakeServer().then(begun(['external']));
      await server.client({ trustKeys: memoryKeyStore() }).beginFlow(username, options);
      return Object.keys(server.last.body.trustItems);
    };
    expect(await trustItems('dana')).toEqual(['auth']);
    expect(await trustItems('')).toEqual([]);
    expect(await trustItems('dana', { merchantTrustId: 'm' })).toEqual(['merchant']);
    expect(await trustItems('dana', { trustId: false })).toEqual([]);
    expect((await begin('dana', { trustId: 'made-elsewhere' })).body.trustItems).toEqual({
      auth: 'made-elsewhere',
    });
  });
});

describe('trust ids', () => {
  const clock = new FixedClock();
  const read = async (token: string) => {
    const header = decodeProtectedHeader(token) as { alg: string; jwk: JWK };
    const key = await importJWK(header.jwk, 'ES256');
    const { payload } = await jwtVerify(token, key, { currentDate: clock.now() });
    return { header, payload };
  };

  it('§1.8: ES256 with the public JWK in the header, id of 25 letters, exp in 60 s, and nothing else', async () => {
    const { header, payload } = await read((await new TrustIds(memoryKeyStore(), 'bank', clock).of('dana'))!);
    expect(header).toEqual({
      alg: 'ES256',
      jwk: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
    });
    expect(payload).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{25}$/),
      exp: clock.now().getTime() / 1000 + 60,
    });
  });

  it('§1.8: one key per application and user, however often and in whatever case; no token twice', async () => {
    const store = memoryKeyStore();
    const ids = new TrustIds(store, 'Bank', clock);
    const tokens = await Promise.all(['dana', 'Dana ', 'DANA'].map((name) => ids.of(name)));
    expect(new Set(tokens).size).toBe(3);
    const keyOf = async (token: string | undefined) => (await read(token!)).header.jwk.x;
    const [first, ...same] = await Promise.all(tokens.map(keyOf));
    expect(same).toEqual([first, first]);
    expect(await keyOf(await ids.of('max'))).not.toBe(first);
    expect(await keyOf(await new TrustIds(store, 'other', clock).of('dana'))).not.toBe(first);
    await ids.forget('dana');
    expect(await keyOf(await ids.of('dana'))).not.toBe(first);
  });

  it('the private half cannot be exported', async () => {
    const store = memoryKeyStore();
    await new TrustIds(store, 'bank').of('dana');
    const { privateKey } = (await store.find('bank:dana'))!;
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow();
  });

  it('a store that fails is no reason not to begin', async () => {
    const broken = { ...memoryKeyStore(), find: () => Promise.reject(new Error('private window')) };
    expect(await new TrustIds(broken, 'bank').of('dana')).toBeUndefined();
  });
});

describe('the application', () => {
  it.each([
    ['https://bank.api.loginid.io', undefined, 'https://bank.api.loginid.io', 'bank'],
    ['http://demo.localhost:4000/', undefined, 'http://demo.localhost:4000', 'demo'],
    ['https://mfa.example/apps/bank/', undefined, 'https://mfa.example/apps/bank', 'bank'],
    ['https://mfa.example/sub/apps/bank', 'BANK', 'https://mfa.example/sub/apps/bank', 'BANK'],
    ['http://127.0.0.1:4000', 'demo', 'http://127.0.0.1:4000/apps/demo', 'demo'],
    ['http://localhost:4000', 'demo', 'http://localhost:4000/apps/demo', 'demo'],
    ['https://bank.api.loginid.io', 'BANK', 'https://bank.api.loginid.io', 'BANK'],
    ['https://mfa.example', 'bank', 'https://mfa.example/apps/bank', 'bank'],
  ])('§1.1: %s with %s is %s', (baseUrl, given, base, appId) => {
    expect(baseOf(baseUrl, given)).toEqual({ base, appId });
  });

  it.each(['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])(
    '%s names none',
    (baseUrl) => {
      expect(() => baseOf(baseUrl)).toThrow(TypeError);
    },
  );

  it('two that differ are refused before anything is sent', () => {
    expect(() => baseOf('https://mfa.example/apps/bank', 'other')).toThrow(TypeError);
  });
});
