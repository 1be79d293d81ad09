import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from '@countersign/service-kit';
import { call, type Called, configOf } from '../../test/gateway.ts';
import { upstream, type Upstream } from '../../test/upstream.ts';
import { createService } from '../create-service.ts';

const host = 'demo.localhost:4000';
const ISSUER = `http://${host}/oidc/demo`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SETTINGS = {
  ...{
    appId: 'demo',
    clientId: 'demo-rp',
    clientSecret: 's1',
    mfaClientId: 'demo-mfa',
    mfaClientSecret: 's2',
  },
  ...{ username: 'dana', mfaUsername: 'robin', password: 'a password of the demo' },
};
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const { privateKey: otherKey } = generateKeyPairSync('ed25519');
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hashOf = (token: string) =>
  createHash('sha512').update(token).digest().subarray(0, 32).toString('base64url');

/** What the stand-in of an issuer does differently. */
interface Differently {
  claims?: object;
  answer?: object;
  key?: typeof privateKey;
  userinfo?: object;
  /** Of a pushed request. */
  refusal?: object;
}

describe('/demo/rp', () => {
  const started: RunningService[] = [];
  let folder: string;
  let demoRpPath: string;
  let broker: Upstream;
  let gateway: RunningService;
  let differently: Differently;
  /** The authorization request that was sent last, what of it the browser carried, and bodies of token requests. */
  let sent: URLSearchParams;
  let carried: URLSearchParams;
  let pushed: URLSearchParams | undefined;
  let tokenRequests: { body: URLSearchParams; authorization: string | undefined; host: string | undefined }[];

  const start = async (more: object = {}) => {
    const service = await createService({ ...configOf({ 'oidc-broker': broker.url }), demoRpPath, ...more });
    started.push(service);
    return service;
  };
  const get = (path: string, cookie = '', of = gateway, at = host) =>
    call(of.url, path, { headers: { host: at, ...(cookie && { cookie }) } });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    call(gateway.url, path, { method: 'POST', headers: { host, ...FORM, ...headers }, body });
  const cookieIn = ({ headers }: Called) => headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  /** Presses a button; answers the browser's cookie. */
  const press = async (kind: string, username: string, more = '') => {
    const answer = await post('/demo/rp/sign-in', `kind=${kind}&username=${username}${more}`);
    expect(answer.status).toBe(303);
    carried = new URL(answer.headers.location ?? '').searchParams;
    sent = carried.has('request_uri') ? pushed! : carried;
    return cookieIn(answer);
  };
  /** Comes back from the issuer; answers the page. */
  const comeBack = async (cookie: string, changed: Record<string, string> = {}) => {
    const query = new URLSearchParams({ code: 'c1', state: sent.get('state')!, iss: ISSUER, ...changed });
    const answer = await get(`/demo/rp/callback?${query}`, cookie);
    return answer.status === 303 ? get(answer.headers.location!, cookie) : answer;
  };
  const idToken = (body: URLSearchParams) => {
    const now = Math.floor(Date.now() / 1000);
    const clientId = body.get('client_id') ?? 'demo-mfa';
    const claims = {
      ...{ iss: ISSUER, aud: clientId, sub: 'u1', iat: now, exp: now + 300, nonce: sent.get('nonce') },
      ...{ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], preferred_username: 'dana', ...differently.claims },
    };
    const signed = `${base64url({ alg: 'EdDSA', kid: 'k1', typ: 'JWT' })}.${base64url(claims)}`;
    const signature = sign(null, Buffer.from(signed), differently.key ?? privateKey).toString('base64url');
    return `${signed}.${signature}`;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-rp-'));
    demoRpPath = join(folder, 'demo-rp.json');
    broker = await upstream('oidc-broker');
    broker.answer = (request, response) => {
      let got = '';
      request.on('data', (chunk: Buffer) => (got += chunk.toString()));
      request.on('end', () => {
        const json = (value: object) =>
          response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
        const path = request.url?.replace('/oidc/demo', '');
        if (path === '/.well-known/openid-configuration')
          return json({
            ...{ issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize` },
            ...{ token_endpoint: `${ISSUER}/token`, jwks_uri: `${ISSUER}/jwks` },
            pushed_authorization_request_endpoint: `${ISSUER}/par`,
            ...{ userinfo_endpoint: `${ISSUER}/userinfo`, end_session_endpoint: `${ISSUER}/logout` },
            authorization_response_iss_parameter_supported: true,
          });
        if (path === '/jwks')
          return json({
            keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'EdDSA', use: 'sig' }],
          });
        if (path === '/userinfo') return json(differently.userinfo ?? { sub: 'u1', name: 'Robin' });
        const body = new URLSearchParams(got);
        if (path === '/par') {
          pushed = body;
          response.statusCode = differently.refusal ? 400 : 201;
          return json(differently.refusal ?? { request_uri: 'urn:x:1', expires_in: 60 });
        }
        tokenRequests.push({
          body,
          authorization: request.headers.authorization,
          host: request.headers.host,
        });
        return json({
          id_token: idToken(body),
          token_type: 'Bearer',
          expires_in: 300,
          ...differently.answer,
        });
      });
    };
  });
  beforeEach(async () => {
    await writeFile(demoRpPath, JSON.stringify(SETTINGS));
    differently = {};
    pushed = undefined;
    tokenRequests = [];
    gateway = await start();
  });
  afterEach(async () => {
    for (const service of started.splice(0)) await service.close();
  });
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true });
  });

  it('V1, V6: a second factor is asked for with login_hint, nonce, state and PKCE S256, past the browser', async () => {
    await press('second-factor', 'dana', '&link=yes');
    expect(Object.fromEntries(carried)).toEqual({ client_id: 'demo-rp', request_uri: 'urn:x:1' });
    expect(sent.get('client_secret')).toBe('s1');
    expect(Object.fromEntries(sent)).toMatchObject({
      ...{ client_id: 'demo-rp', response_type: 'code', scope: 'openid 2fa 2fa_link', login_hint: 'dana' },
      ...{ code_challenge_method: 'S256', redirect_uri: `http://${host}/demo/rp/callback` },
    });
    for (const name of ['nonce', 'state', 'code_challenge'])
      expect(sent.get(name)?.length).toBeGreaterThan(40);
  });

  it('V3, V4: of its answer, the ID token alone, everything about it is looked at and shown', async () => {
    const { status, text } = await comeBack(await press('second-factor', 'dana'));
    expect([status, text.includes('A second factor only: done')]).toEqual([200, true]);
    for (const found of ['EdDSA, k1', ISSUER, sent.get('nonce')!, 'id_token, token_type, expires_in'])
      expect(text).toContain(found);
    const [request] = tokenRequests;
    expect(request?.host).toBe(host);
    expect(Object.fromEntries(request!.body)).toMatchObject({ client_secret: 's1', code: 'c1' });
    expect(request?.body.get('code_verifier')?.length).toBeGreaterThan(40);
    expect(text).not.toContain('access_token');
  });

  it('C1, C4: the client with MFA shows itself in the header; the scope’s token is looked at by at_hash and userinfo', async () => {
    differently = {
      claims: { at_hash: hashOf('at1') },
      answer: { access_token: 'at1', scope: 'openid payments' },
    };
    const client = await comeBack(await press('client', 'robin'));
    expect(client.text).toContain('A client with MFA: done');
    expect(tokenRequests[0]?.authorization).toMatch(/^Basic /);
    const scope = await comeBack(await press('scope', 'robin'));
    expect(scope.text).toContain('A scope with MFA: done');
    expect(scope.text).toContain('at_hash is that of the access token');
    expect(scope.text).toContain('Robin');
  });

  const access = { access_token: 'at1', scope: 'openid payments' };
  it.each<[string, string, Differently, string]>([
    ['another nonce', 'second-factor', { claims: { nonce: 'replayed' } }, 'nonce'],
    ['another audience', 'second-factor', { claims: { aud: 'other' } }, 'aud'],
    ['another issuer', 'second-factor', { claims: { iss: 'http://evil.example' } }, 'iss'],
    ['an expired token', 'second-factor', { claims: { exp: 1 } }, 'exp'],
    ['another signature', 'second-factor', { key: otherKey }, 'signature'],
    ['another user', 'second-factor', { claims: { preferred_username: 'mallory' } }, 'mallory'],
    ['an access token too many', 'second-factor', { answer: access }, 'access_token'],
    ['no amr', 'second-factor', { claims: { amr: undefined } }, 'amr'],
    ['a password alone', 'client', { claims: { acr: 'aal1', amr: ['pwd'] } }, 'pwd'],
    ['another access token', 'scope', { claims: { at_hash: hashOf('at2') }, answer: access }, 'at_hash'],
    ['userinfo of another', 'scope', { answer: access, userinfo: { sub: 'u2' } }, 'sub'],
    ['a scope that was left out', 'scope', { answer: { ...access, scope: 'openid' } }, 'payments'],
  ])('V4, V7: %s is refused, and nothing of it is shown', async (_title, kind, how, reason) => {
    differently = how;
    const { text } = await comeBack(await press(kind, 'dana'));
    expect(text).toMatch(new RegExp(`id="refused"[^>]*>[^<]*${reason}`));
    expect(text).not.toContain('id="answer"');
  });

  it('V7: an answer with an unknown state, of another browser, or a second time is nobody’s', async () => {
    const cookie = await press('second-factor', 'dana');
    expect((await comeBack(cookie, { state: 'unknown' })).status).toBe(400);
    const other = await press('second-factor', 'dana');
    const query = () => new URLSearchParams({ code: 'c1', state: sent.get('state')!, iss: ISSUER });
    expect((await get(`/demo/rp/callback?${query()}`, cookie)).status).toBe(400);
    expect((await get(`/demo/rp/callback?${query()}`)).status).toBe(400);
    expect(tokenRequests).toEqual([]);
    expect((await get(`/demo/rp/callback?${query()}`, other)).status).toBe(303);
    expect((await get(`/demo/rp/callback?${query()}`, other)).status).toBe(400);
    expect(tokenRequests).toHaveLength(1);
  });

  it('RFC 9207, RFC 9700 §4.4: an answer of another issuer is refused before the code goes anywhere', async () => {
    const { text } = await comeBack(await press('second-factor', 'dana'), { iss: 'http://evil.example' });
    expect(text).toContain('id="refused"');
    expect(tokenRequests).toEqual([]);
  });

  it('an error of the issuer is shown as what it is, escaped', async () => {
    const cookie = await press('client', 'robin');
    const error = {
      error: 'access_denied',
      error_description: '<b>no</b>',
      state: sent.get('state')!,
      iss: ISSUER,
    };
    const answer = await get(`/demo/rp/callback?${new URLSearchParams(error)}`, cookie);
    const { text } = await get(answer.headers.location!, cookie);
    expect(text).toContain('access_denied: &#60;b&#62;no');
    expect(text).not.toContain('<b>no</b>');
  });

  it('a pushed request that the issuer refuses is shown as what it is, and waits for nothing', async () => {
    differently = { refusal: { error: 'invalid_request', error_description: '<i>whom</i>' } };
    const answer = await post('/demo/rp/sign-in', 'kind=second-factor&username=dana&link=yes');
    expect([answer.status, answer.headers.location]).toEqual([303, '/demo/rp']);
    const { text } = await get('/demo/rp', cookieIn(answer));
    expect(text).toContain('invalid_request: &#60;i&#62;whom');
  });

  it('RP-initiated logout: the session here ends, and the issuer is told whose it was', async () => {
    const cookie = await press('second-factor', 'dana');
    await comeBack(cookie);
    const { headers, status } = await post('/demo/rp/sign-out', '', { cookie });
    const to = new URL(headers.location ?? '');
    expect([status, to.href.split('?')[0]]).toEqual([303, `${ISSUER}/logout`]);
    expect(to.searchParams.get('id_token_hint')?.split('.')).toHaveLength(3);
    expect(to.searchParams.get('post_logout_redirect_uri')).toBe(`http://${host}/demo/rp`);
    expect((await get('/demo/rp', cookie)).text).not.toContain('id="answer"');
  });

  it('shows its password and begins anything for its own page alone: no other Host, no form from elsewhere', async () => {
    expect((await get('/demo/rp')).text).toContain(SETTINGS.password);
    const local = await get('/demo/rp', '', gateway, 'localhost:4000');
    expect([local.status, local.headers.location]).toEqual([302, `http://${host}/demo/rp`]);
    expect((await get('/demo/rp', '', gateway, 'evil.example')).status).toBe(404);
    const form = 'kind=client&username=robin';
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'http://evil.example' },
      { host: 'evil.localhost' },
    ];
    for (const headers of foreign)
      for (const path of ['/demo/rp/sign-in', '/demo/rp/sign-out'])
        expect((await post(path, form, headers)).status).toBe(404);
    expect((await post('/demo/rp/sign-in', 'kind=nonsense&username=x')).status).toBe(400);
    const { headers } = await get('/demo/rp');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('script-src');
  });

  it('is not there in production, nor where there are no clients', async () => {
    const production = await start({ securityProfile: 'production', publicUrl: 'https://mfa.example' });
    const without = await start({ demoRpPath: undefined });
    for (const service of [production, without])
      for (const path of ['/demo/rp', '/demo/rp.css', '/demo/rp/callback'])
        expect([path, (await get(path, '', service)).status]).toEqual([path, 404]);
    await rm(demoRpPath);
    const { text } = await get('/demo/rp');
    expect([text.includes('no demo application'), text.includes('<form')]).toEqual([true, false]);
  });
});
