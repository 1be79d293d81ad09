import { readFileSync } from 'node:fs';
import { FixedClock } from '@countersign/kernel';
import { UnsecuredJWT } from 'jose';
import { exampleSso } from '../test/example-sso.ts';
import { AUDIENCE, bodyOf, ISSUER, NOW, platform } from '../test/platform.ts';
import { defineSsoExtension, installPlanOf, type SsoExtensionOptions } from './index.ts';

const ID = 'Session.UserSSOIdentifier';
const bank = await platform();
const seconds = NOW.getTime() / 1000;

function extension(changed: Partial<SsoExtensionOptions> = {}) {
  const told: { refused: string[]; messages: string[]; errors: unknown[]; handled: number } = {
    refused: [],
    messages: [],
    errors: [],
    handled: 0,
  };
  const { handler = ({ linkOut }) => linkOut('https://partner.example/'), ...rest } = changed;
  const defined = defineSsoExtension({
    issuer: ISSUER,
    jwks: bank.jwks,
    audience: AUDIENCE,
    clock: new FixedClock(NOW),
    onRefused: ({ reason, message }) => {
      told.refused.push(reason);
      told.messages.push(message);
    },
    onError: (error) => told.errors.push(error),
    handler: (call) => {
      told.handled += 1;
      return handler(call);
    },
    ...rest,
  });
  const send = async (request: RequestInit) => {
    const response = await defined.fetch(new Request(AUDIENCE, request));
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text), text };
  };
  return { ...defined, told, send };
}

describe('the handler of the seed', () => {
  const minting = () =>
    extension({
      handler: ({ vendorConfigs, userLevelConfigList, linkOut }) => {
        const known = vendorConfigs.get(ID);
        return linkOut('http://www.q2ebanking.com', {
          userLevelConfigList: known ? null : userLevelConfigList([{ key: ID, value: 'minted' }]),
        });
      },
    });

  it('S1, S9: the first time it mints an id and links out', async () => {
    const { status, headers, body } = await minting().send(await bank.requestOf());
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(body).toEqual({
      responseType: 'LINK_OUT',
      response: 'http://www.q2ebanking.com',
      success: true,
      endUserErrorMessage: '',
      userLevelConfigList: { vendorId: 'example', configs: [{ key: ID, value: 'minted' }] },
    });
  });

  it('S2: the second time it is shown the id and changes nothing', async () => {
    const { body } = await minting().send(await bank.requestOf({ vendor_configs: { [ID]: 'minted' } }));
    expect(body).toMatchObject({ success: true, userLevelConfigList: null });
  });

  it('S8: it refuses with the user’s message', async () => {
    const no = extension({ handler: ({ refuse }) => refuse('Please call us') });
    const { status, body } = await no.send(await bank.requestOf());
    expect([status, body]).toEqual([
      200,
      {
        responseType: 'LINK_OUT',
        response: '',
        success: false,
        endUserErrorMessage: 'Please call us',
        userLevelConfigList: null,
      },
    ]);
  });

  it('it is told what was signed; names that objects have anyway are names', async () => {
    let seen: unknown;
    const { send } = extension({
      handler: ({ vendorConfigs, vendorId, appId, ssoIdentifier, idempotencyKey, linkOut }) => {
        const configs = [...vendorConfigs];
        seen = {
          configs,
          vendorId,
          appId,
          ssoIdentifier,
          idempotencyKey,
          none: vendorConfigs.get('toString'),
        };
        return linkOut(new URL('https://partner.example/'));
      },
    });
    const vendor_configs = JSON.parse('{"Session.constructor":"","Session.é":"é"}') as object;
    await send(await bank.requestOf({ vendor_configs, sso_identifier: 'u-1', jti: 'j-1', later: true }));
    expect(seen).toEqual({
      configs: [
        ['Session.constructor', ''],
        ['Session.é', 'é'],
      ],
      vendorId: 'example',
      appId: 'bank',
      ssoIdentifier: 'u-1',
      idempotencyKey: 'j-1',
      none: undefined,
    });
  });
});

describe('a request that is not the platform’s reaches no handler (401, one answer for all)', () => {
  const refused = async (
    request: RequestInit,
    reason: string,
    changed: Partial<SsoExtensionOptions> = {},
  ) => {
    const { send, told } = extension(changed);
    const { status, headers, body } = await send(request);
    expect([status, headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'The request is not signed for this handler',
      status: 401,
    });
    expect([told.refused, told.handled]).toEqual([[reason], 0]);
  };
  const withSignature = async (make: (text: string) => string | Promise<string>) => {
    const request = await bank.requestOf();
    const headers = { ...request.headers, 'countersign-signature': await make(request.body) };
    return { ...request, headers };
  };

  it('no signature', async () => {
    const { 'countersign-signature': _, ...headers } = (await bank.requestOf()).headers;
    await refused({ ...(await bank.requestOf()), headers }, 'unsigned');
  });

  it.each(['x', '..', 'a..b', 'a.b.c', '....', 'e30..e30', 'null', '{}', 'bnVsbA..AA'])(
    'no JWS: %j',
    async (text) => {
      const { send, told } = extension();
      expect((await send(await withSignature(() => text))).status).toBe(401);
      expect([told.handled, told.errors]).toEqual([0, []]);
    },
  );

  it('an altered body, by one space', async () => {
    const request = await bank.requestOf();
    await refused({ ...request, body: `${request.body} ` }, 'signature');
  });

  it('the signature of another request', async () => {
    const other = await bank.requestOf();
    const headers = { ...other.headers };
    await refused({ ...(await bank.requestOf()), headers }, 'signature');
  });

  it('a signature that carries its payload', async () => {
    await refused(
      await withSignature(async (text) => (await bank.sign(text)).replace('..', `.${btoa(text)}.`)),
      'signature',
    );
  });

  it('JWT-01: alg none', async () => {
    const header = btoa(JSON.stringify({ alg: 'none', kid: 'k1', typ: 'sso-request+jws' })).replaceAll(
      '=',
      '',
    );
    await refused(await withSignature(() => `${header}..AA`), 'signature');
    const { send } = extension();
    expect((await send(await withSignature(() => `${header}..`))).status).toBe(401);
    expect((await send(await withSignature(() => new UnsecuredJWT({}).encode()))).status).toBe(401);
  });

  it('JWT-02: HS256 with the public key as secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(bank.jwk));
    const raw = Uint8Array.from(Buffer.from(String(bank.jwk.x), 'base64url'));
    for (const key of [secret, raw]) {
      await refused(await withSignature((text) => bank.sign(text, { alg: 'HS256' }, key)), 'signature');
    }
  });

  it('JWT-02: ES256, even by a key that the issuer lists', async () => {
    const es256 = await platform('k2', 'ES256');
    const jwks = { keys: [...bank.jwks.keys, ...es256.jwks.keys] };
    await refused(await es256.requestOf(), 'signature', { jwks });
  });

  it('another key under a known kid, an unknown kid, no kid', async () => {
    await refused(await (await platform()).requestOf(), 'signature');
    await refused(await bank.requestOf({}, { kid: 'k9' }), 'signature');
    await refused(await bank.requestOf({}, { kid: undefined }), 'signature');
  });

  it('a key that the request brings along', async () => {
    const own = await platform('own');
    const header = { jwk: own.jwk, jku: 'https://evil.example/jwks.json' };
    await refused(await own.requestOf({}, header), 'signature');
  });

  it.each(['mfa-decision+jwt', 'JWT', 'at+jwt', undefined])(
    'RFC 8725 §3.11: what signs something else: typ %p',
    async (typ) => refused(await bank.requestOf({}, { typ }), 'type'),
  );

  it.each(['https://other.example/sso', `${AUDIENCE}/`, `${AUDIENCE}?`, 'HTTPS://partner.example/sso', ''])(
    'JWT-06: for another handler: %j',
    async (aud) => refused(await bank.requestOf({ aud }), 'audience'),
  );

  it.each(['https://platform.example/apps/other', `${ISSUER}/`, ''])('from another issuer: %j', async (iss) =>
    refused(await bank.requestOf({ iss }), 'issuer'),
  );

  it('too old, or too far ahead; 300 s is the most that can be configured', async () => {
    await refused(await bank.requestOf({ iat: seconds - 301 }), 'time');
    await refused(await bank.requestOf({ iat: seconds + 301 }), 'time');
    await refused(await bank.requestOf({ iat: seconds - 301 }), 'time', { toleranceSeconds: 9999 });
    await refused(await bank.requestOf({ iat: seconds - 11 }), 'time', { toleranceSeconds: 10 });
    for (const iat of [seconds - 300, seconds, seconds + 300])
      expect((await extension().send(await bank.requestOf({ iat }))).status).toBe(200);
  });
});

describe('a request is used once', () => {
  it('the same again is a replay for as long as it could be valid', async () => {
    const clock = new FixedClock(NOW);
    const { send, told } = extension({ clock });
    const ahead = await bank.requestOf({ iat: seconds + 300 });
    expect((await send(ahead)).status).toBe(200);
    for (const passed of [0, 300, 300]) {
      clock.advance(passed);
      expect((await send(ahead)).status).toBe(401);
    }
    clock.advance(1);
    expect((await send(ahead)).status).toBe(401);
    expect([told.refused, told.handled]).toEqual([['replay', 'replay', 'replay', 'time'], 1]);
  });

  it('of many at once exactly one reaches the handler', async () => {
    const { send, told } = extension();
    const request = await bank.requestOf();
    const all = await Promise.all(Array.from({ length: 20 }, () => send(request)));
    expect([all.filter(({ status }) => status === 200).length, told.handled]).toEqual([1, 1]);
  });

  it('what was refused for another reason is not used up', async () => {
    const request = await bank.requestOf();
    const seen: string[] = [];
    const seenJti = (jti: string) => seen.includes(jti) || (seen.push(jti), false);
    await extension({ seenJti, audience: 'https://partner.example/other' }).send(request);
    expect(seen).toEqual([]);
    expect((await extension({ seenJti }).send(request)).status).toBe(200);
  });

  it('a store that fails lets nothing through, nor one that says nothing', async () => {
    const down = extension({ seenJti: () => Promise.reject(new Error('store is down')) });
    expect((await down.send(await bank.requestOf())).status).toBe(500);
    expect([down.told.handled, down.told.errors]).toEqual([0, [new Error('store is down')]]);
    const silent = extension({ seenJti: (() => undefined) as never });
    expect((await silent.send(await bank.requestOf())).status).toBe(401);
    expect(silent.told.handled).toBe(0);
  });
});

describe('what is signed and still no request', () => {
  const signed = async (text: string, changed: object = {}) => ({
    method: 'POST',
    headers: { 'countersign-signature': await bank.sign(text), 'idempotency-key': 'x', ...changed },
    body: text,
  });

  it.each(['', '{', 'null', '[]', '"x"', '{}', '\u0000'])('%j is malformed', async (text) => {
    const { send, told } = extension();
    expect((await send(await signed(text))).status).toBe(400);
    expect([told.refused, told.handled]).toEqual([['malformed'], 0]);
  });

  it.each([
    { iss: undefined },
    { aud: [AUDIENCE] },
    { iat: '1' },
    { iat: 1.5 },
    { iat: 1e300 },
    { jti: '' },
    { jti: 1 },
    { app_id: undefined },
    { vendor_id: '' },
    { vendor_configs: null },
    { vendor_configs: { 'Session.a': 1 } },
    { vendor_configs: [] },
    { sso_identifier: undefined },
  ])('%j is malformed, and the log shows names only', async (changed) => {
    const { send, told } = extension();
    expect((await send(await signed(JSON.stringify(bodyOf(changed))))).status).toBe(400);
    expect(told.messages).toEqual([
      `SSO request refused (malformed): not as agreed: ${Object.keys(changed)[0]}`,
    ]);
  });

  it('an idempotency-key that is not the jti, or none', async () => {
    const request = await bank.requestOf();
    const { 'idempotency-key': _, ...without } = request.headers;
    for (const headers of [{ ...request.headers, 'idempotency-key': 'other' }, without])
      expect((await extension().send({ ...request, headers })).status).toBe(400);
  });
});

describe('size and method', () => {
  it('256 KB are read, more are not, whatever content-length says', async () => {
    const { send, told } = extension();
    const padding = (length: number) => bank.requestOf({ padding: 'x'.repeat(length) });
    const room = 262_144 - (await padding(0)).body.length - 1;
    const fits = await padding(room);
    expect([fits.body.length <= 262_144, (await send(fits)).status]).toEqual([true, 200]);
    expect((await send(await padding(room + 10))).status).toBe(413);
    const large = { ...(await bank.requestOf()), body: 'x'.repeat(5_000_000) };
    expect((await send(large)).status).toBe(413);
    const lying = { ...large, headers: { ...large.headers, 'content-length': '999999999' }, body: '{}' };
    expect((await send(lying)).status).toBe(413);
    expect(told.handled).toBe(1);
  });

  it('an endless body is left', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        pulled += 1;
        stream.enqueue(new Uint8Array(65_536));
      },
    });
    const { status } = await extension().send({ method: 'POST', body, duplex: 'half' } as RequestInit);
    expect([status, pulled < 10]).toEqual([413, true]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not allowed', async (method) => {
    const { status, headers } = await extension().send({ method });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('handlers that fail', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('password=hunter2'))],
    [
      'throws at once',
      () => {
        throw new Error('password=hunter2');
      },
    ],
    ['returns nothing', () => undefined as never],
    ['returns what it made up', () => ({ responseType: 'LINK_OUT' }) as never],
  ])('%s: a bland 500, and the error in the log', async (_how, handler) => {
    const { send, told } = extension({ handler });
    const { status, text } = await send(await bank.requestOf());
    expect([status, text]).toEqual([
      500,
      '{"type":"about:blank","title":"Something went wrong","status":500}',
    ]);
    expect(told.errors).toHaveLength(1);
  });

  it.each(['javascript:alert(1)', '/relative', '', 'https://user:pass@partner.example/', 'data:text/html,x'])(
    'linkOut(%j) is an error where it is made',
    async (url) => {
      const { send, told } = extension({ handler: ({ linkOut }) => linkOut(url) });
      expect((await send(await bank.requestOf())).status).toBe(500);
      expect(told.errors[0]).toBeInstanceOf(TypeError);
    },
  );

  it('a value that is no text is an error where it is made', async () => {
    const configs = [{ key: ID, value: 7 as never }];
    const { send, told } = extension({
      handler: ({ linkOut, userLevelConfigList }) =>
        linkOut('https://partner.example/', { userLevelConfigList: userLevelConfigList(configs) }),
    });
    expect((await send(await bank.requestOf())).status).toBe(500);
    expect(told.errors[0]).toBeInstanceOf(TypeError);
  });

  it('a log that fails changes no answer', async () => {
    const onRefused = () => {
      throw new Error('disk full');
    };
    expect((await extension({ onRefused }).send({ method: 'GET' })).status).toBe(405);
  });
});

describe('the definition', () => {
  it('is in the README as it is compiled here', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    const example = read('../test/example-sso.ts').replace('../src/index.ts', '@countersign/extension-sdk');
    expect(read('../README.md')).toContain(example);
    expect(installPlanOf(exampleSso)).toEqual({
      thirdPartyDataElements: [{ name: ID, description: 'a unique identifier for the user' }],
      uiTextPrefix: 'ExampleSSO',
    });
  });

  it('gives the plan to install', () => {
    const thirdPartyDataElements = [{ name: ID, description: 'a unique identifier for the user' }];
    expect(installPlanOf(extension({ thirdPartyDataElements, uiTextPrefix: 'ExampleSSO' }))).toEqual({
      thirdPartyDataElements,
      uiTextPrefix: 'ExampleSSO',
    });
    expect(installPlanOf(extension())).toEqual({ thirdPartyDataElements: [] });
  });

  it.each([
    { issuer: '' },
    { issuer: 'bank' },
    { audience: '/sso' },
    { jwks: undefined, issuer: 'http://platform.example/apps/bank' },
    { jwks: 'http://platform.example/jwks.json' },
    { jwks: 'ftp://localhost/jwks.json' },
    { toleranceSeconds: -1 },
    { toleranceSeconds: NaN },
  ])('%j could never work, or never safely', (changed) => {
    expect(() => extension(changed as Partial<SsoExtensionOptions>)).toThrow(TypeError);
  });

  it.each([
    { jwks: undefined, issuer: 'https://platform.example/apps/bank' },
    { jwks: undefined, issuer: 'http://localhost:4000/apps/demo' },
    { jwks: undefined, issuer: 'http://demo.localhost:4000' },
    { jwks: new URL('http://127.0.0.1:4000/jwks.json') },
    { jwks: 'http://gateway:4000/jwks.json', allowHttp: true },
  ])('%j can', (changed) => {
    expect(() => extension(changed as Partial<SsoExtensionOptions>)).not.toThrow();
  });
});
