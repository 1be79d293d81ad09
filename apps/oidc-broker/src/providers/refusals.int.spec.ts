import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { CALLBACK, ProviderApplication } from '../../test/provider-application.ts';
import { Browser, type Registered, type RelyingParty, send } from '../../test/relying-party.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;
/** Lines that tell of refusals. */
let lines: Record<string, unknown>[] = [];
const listen = () => {
  lines = [];
  jest.spyOn(broker.service.platform.logger, 'info').mockImplementation(((line: object, text: string) => {
    if (text === 'a request was refused') lines.push(line as Record<string, unknown>);
  }) as never);
};
beforeAll(async () => {
  await broker.open();
  await demo.user('dana');
  client = await demo.client({
    scopes: ['openid', 'offline_access'],
    postLogoutRedirectUris: ['https://shop.example/bye'],
  });
});
beforeEach(listen);
afterEach(() => jest.restoreAllMocks());
afterAll(() => broker.close());

const VERIFIER = 'x'.repeat(43);
const INVALID = 'grant request is invalid';
const GRANTS: [string, string, (party: RelyingParty, code: string) => Promise<{ json: object }>][] = [
  [
    'another verifier',
    'code_verifier does not match code_challenge',
    (party, code) => party.redeem(code, { code_verifier: VERIFIER }),
  ],
  [
    'no verifier',
    'code_verifier must be provided',
    (party, code) => party.redeem(code, { code_verifier: undefined }),
  ],
  [
    'another redirect_uri',
    'authorization code redirect_uri mismatch',
    (party, code) => party.redeem(code, { redirect_uri: 'https://shop.example/other' }),
  ],
  ['a code that is none', 'authorization code not found', (party) => party.redeem('guessed-code')],
  ['a refresh token that is none', 'refresh token not found', (party) => party.refresh('guessed-token')],
];

describe('why a request was refused', () => {
  const codeOf = async (party: RelyingParty) => (await demo.signIn(party, 'dana')).code ?? '';

  it.each(GRANTS)('is logged and, in development, told: %s', async (_case, detail, ask) => {
    const party = demo.relyingParty(client);
    const { json } = await ask(party, await codeOf(party));
    expect(json).toMatchObject({ error: 'invalid_grant', error_description: `${INVALID}: ${detail}` });
    const { clientId } = client;
    expect(lines).toEqual([
      {
        ...{ reqId: expect.any(String), appId: 'demo', clientId, endpoint: 'token' },
        ...{ error: 'invalid_grant', description: INVALID, detail },
      },
    ]);
  });

  it('has no code, token, verifier or other text of the request in it', async () => {
    const party = demo.relyingParty(client);
    const code = await codeOf(party);
    await party.redeem(code, { code_verifier: VERIFIER });
    await party.redeem(code);
    await party.redeem(code);
    await party.post('token', { grant_type: 'some-grant', client_id: 'some-client' });
    await party.post('introspect', { token: 'some.jwt.token', client_secret: 'some-secret' });
    await party.userinfo('some-token');
    await new Browser(broker).go(party.authorizeUrl({ response_type: 'some-type', prompt: 'some-prompt' }));
    const endpoints = ['token', 'token', 'token', 'introspection', 'userinfo', 'authorization'];
    expect(lines.map(({ endpoint }) => endpoint)).toEqual(expect.arrayContaining(endpoints));
    const text = JSON.stringify(lines);
    for (const said of [code, VERIFIER, party.verifier, client.secret ?? '-', 'some-', 'some.jwt'])
      expect(text).not.toContain(said);
  });
});

describe('RFC 7009 §2.2', () => {
  it('revocation answers JSON, also of a token that is none', async () => {
    const { status, headers, text } = await demo.relyingParty(client).post('revoke', { token: 'none' });
    expect([status, headers['content-type'], text]).toEqual([200, 'application/json; charset=utf-8', '{}']);
  });
});

describe('the page of a refused request', () => {
  const page = async (path: string, query: Record<string, string>) =>
    send(broker, `/oidc/demo/${path}?${new URLSearchParams(query)}`, { headers: { accept: 'text/html' } });
  const known = () => ({ client_id: client.clientId });
  const without = (name: string, more: object = {}) =>
    demo.relyingParty(client).parameters({ [name]: undefined, ...more });

  it.each([
    ['no redirect_uri', 'authorize', () => without('redirect_uri'), 'parameter &#39;redirect_uri&#39;'],
    ['no client_id', 'authorize', () => without('client_id'), 'parameter &#39;client_id&#39;'],
    ['a bad id_token_hint', 'logout', () => ({ id_token_hint: 'x' }), 'could not decode id_token_hint'],
    [
      'an address of nobody to return to',
      'logout',
      () => ({ ...known(), post_logout_redirect_uri: 'https://shop.example/other' }),
      'post_logout_redirect_uri not registered',
    ],
  ])('says what is wrong and how it is found in logs: %s', async (_case, path, query, reason) => {
    const { status, headers, text } = await page(path, query() as Record<string, string>);
    expect(status).toBe(400);
    expect(text).toContain(reason);
    expect(text).toContain(`<code>${String(headers['x-correlation-id'])}</code>`);
    expect(lines[0]?.reqId).toBe(headers['x-correlation-id']);
  });

  const EVIL = 'https://evil.example/<b>call-0900</b>';
  it('names the address that was sent, in development, escaped', async () => {
    const { text } = await page('authorize', without('redirect_uri', { redirect_uri: EVIL }));
    expect(text).toContain('We cannot send you back there');
    expect(text).toContain('https://evil.example/&#60;b&#62;call-0900&#60;/b&#62;');
  });

  it('in production says neither that, nor why a grant was refused, nor whatever else the request said', async () => {
    await broker.restart({ securityProfile: 'production' });
    listen();
    const { text } = await page('authorize', without('redirect_uri', { redirect_uri: EVIL }));
    expect(text).toContain('redirect_uri did not match any of the client&#39;s registered redirect_uris');
    expect(text).not.toContain('evil.example');
    const missing = await page('authorize', without('redirect_uri'));
    expect(missing.text).toContain('missing required parameter');
    const { json } = await demo.relyingParty(client).redeem('guessed-code');
    expect(json).toEqual({ error: 'invalid_grant', error_description: INVALID });
    expect(lines.at(-1)?.detail).toBe('authorization code not found');
    const origin = 'https://call-0900.example';
    const cross = await send(broker, '/oidc/demo/token', {
      form: { grant_type: 'authorization_code', ...known(), client_secret: client.secret },
      headers: { accept: 'text/html', origin },
    });
    expect(cross.status).toBe(400);
    expect(cross.text).not.toContain('call-0900');
    expect(CALLBACK).not.toContain('call-0900');
  });
});

describe('CSP 3 §2.3.1', () => {
  it('the provider’s own page that sends itself has its digest as the only source of scripts', async () => {
    const { headers, text } = await send(broker, '/oidc/demo/logout');
    expect(text).toContain('document.forms[0].submit()');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]+'(;|$)/);
    expect(policy).toContain("default-src 'none'");
  });
});
