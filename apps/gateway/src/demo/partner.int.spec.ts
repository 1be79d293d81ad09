import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '@countersign/kernel';
import type { RunningService } from '@countersign/service-kit';
import { call, configOf } from '../../test/gateway.ts';
import { upstream, type Upstream } from '../../test/upstream.ts';
import { createService } from '../create-service.ts';

const ELEMENT = 'Session.UserSSOIdentifier';
const HANDLER = 'http://gateway.test/demo/partner/sso';
const NOW = new Date('2026-01-05T10:00:00Z');
const host = 'demo.localhost:4000';

/** sso-data's key for requests to handlers. */
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'EdDSA', use: 'sig' }] };
const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('/demo/partner', () => {
  const clock = new FixedClock(NOW);
  const started: RunningService[] = [];
  let folder: string;
  let demoKeyPath: string;
  let sso: Upstream;
  let gateway: RunningService;
  /** Bodies that sso-data got, and what it answers. */
  const bodies: string[] = [];
  let answer: { status: number; body: object };

  const start = async (more: object = {}): Promise<RunningService> => {
    const settings = { demoKeyPath, demoPartnerUrl: HANDLER };
    // the partner fetches keys from the public address
    const config = { ...configOf({ 'sso-data': sso.url }), publicUrl: sso.url, ...settings, ...more };
    const service = await createService(config, { clock });
    started.push(service);
    return service;
  };
  const get = (path: string, of = gateway, headers: object = {}) =>
    call(of.url, path, { headers: { host, ...headers } });
  const launch = (body: string, headers: Record<string, string> = {}) =>
    call(gateway.url, '/demo/partner/launch', {
      method: 'POST',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
  /** A request of sso-data to the partner's handler, signed as it signs. */
  const asked = (configs: Record<string, string>, more: object = {}) => {
    const jti = randomUUID();
    const body = JSON.stringify({
      ...{ iss: `${sso.url}/apps/demo`, aud: HANDLER, iat: clock.now().getTime() / 1000, jti },
      ...{ app_id: 'demo', vendor_id: 'partner', vendor_configs: configs, sso_identifier: null, ...more },
    });
    const head = base64url(JSON.stringify({ alg: 'EdDSA', kid: 'k1', typ: 'sso-request+jws' }));
    const signature = sign(null, Buffer.from(`${head}.${base64url(body)}`), privateKey).toString('base64url');
    const headers = { 'countersign-signature': `${head}..${signature}`, 'idempotency-key': jti };
    return { body, headers: { 'content-type': 'application/json', ...headers } };
  };
  const handle = (request: { body: string; headers: Record<string, string> }) =>
    call(gateway.url, '/demo/partner/sso', { method: 'POST', ...request });
  /** Where the handler sends a user with these values. */
  const linkFor = async (configs: Record<string, string>): Promise<string> => {
    const { status, text } = await handle(asked(configs));
    expect(status).toBe(200);
    const { pathname, search } = new URL(JSON.parse(text).response);
    return pathname + search;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-partner-'));
    demoKeyPath = join(folder, 'demo.json');
    sso = await upstream('sso-data');
    sso.answer = (request, response) => {
      let got = '';
      request.setEncoding('utf8').on('data', (text: string) => (got += text));
      request.on('end', () => {
        const { status, body } = request.method === 'GET' ? { status: 200, body: jwks } : answer;
        if (request.method === 'POST') bodies.push(got);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    };
    gateway = await start();
  });
  afterAll(async () => {
    await Promise.all(started.map((service) => service.close()));
    await sso?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    bodies.length = 0;
    answer = { status: 200, body: { response: 'http://partner.example/in', success: true } };
  });

  it('is a page without scripts or anything inline, under a policy that allows none', async () => {
    const { status, headers, text } = await get('/demo/partner');
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|script-src/);
    expect(text).not.toMatch(/<script|<style|style=|\son\w+=/);
    const sheets = [...text.matchAll(/<link[^>]+href="(\/[^"]+\.css)"/g)].map(([, path]) => path!);
    expect(sheets).toContain('/demo/partner.css');
    for (const path of sheets) expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  it('leads from an address of no application to the demo’s', async () => {
    const { status, headers } = await get('/demo/partner', gateway, { host: '127.0.0.1:4000' });
    expect([status, headers.location]).toEqual([302, 'http://demo.localhost:4000/demo/partner']);
  });

  it('without the demo’s key shows what to run, offers no form and launches nobody', async () => {
    const { text } = await get('/demo/partner');
    expect(text).toContain('/v1/sso/partner/launch');
    expect(text).not.toContain('<form');
    expect((await launch('username=dana')).status).toBe(404);
    expect(bodies).toEqual([]);
  });

  describe('with the demo’s key', () => {
    beforeAll(() =>
      writeFile(demoKeyPath, JSON.stringify({ appId: 'demo', apiKey: 'csk_secret', username: 'dana' })),
    );

    it('has a form, launches with the key and shows the link, never the key', async () => {
      const { text } = await get('/demo/partner');
      expect(text).toContain('<form method="post" action="/demo/partner/launch">');
      expect(text).toContain('value="dana"');
      const shown = await launch('username=erin', { 'sec-fetch-site': 'same-origin' });
      expect(shown.status).toBe(200);
      expect(shown.text).toContain('href="http://partner.example/in"');
      expect(shown.text).toContain('value="erin"');
      expect(bodies.map((body) => JSON.parse(body))).toEqual([{ username: 'erin' }]);
      const { url, headers } = sso.requests.at(-1)!;
      expect(url).toBe('/apps/demo/v1/sso/partner/launch');
      expect(headers.authorization).toBe(`Basic ${Buffer.from('csk_secret:').toString('base64')}`);
      expect(text + shown.text).not.toContain('csk_');
    });

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site' }],
      ['another application’s page', { 'sec-fetch-site': 'same-site' }],
      ['another site, by an old browser', { origin: 'https://evil.example' }],
      ['a sandboxed page, by an old browser', { origin: 'null' }],
      ['a name that was made to point here (DNS rebinding)', { host: 'evil.example:4000' }],
      ['another application', { host: 'bank.localhost:4000' }],
      ['an address', { host: '127.0.0.1:4000' }],
    ])('takes no form of %s', async (_who, headers) => {
      expect((await launch('username=dana', headers)).status).toBe(404);
      expect(bodies).toEqual([]);
    });

    it('asks for one user: none, an empty one, two, or too long a one are refused', async () => {
      for (const body of ['', 'username=', 'username=a&username=b', `username=${'a'.repeat(5000)}`, 'x=%00'])
        expect([body, (await launch(body)).status]).toEqual([body, 400]);
      expect(bodies).toEqual([]);
    });

    it('shows names, and whatever is answered, as text', async () => {
      const script = '"><script>alert(1)</script>';
      answer = { status: 200, body: { response: `http://partner.example/${script}`, note: script } };
      const { status, text } = await launch(new URLSearchParams({ username: script }).toString());
      expect([status, JSON.parse(bodies[0]!)]).toEqual([200, { username: script }]);
      expect(text).toContain('&#34;&#62;&#60;script&#62;');
      expect(text).not.toContain('<script');
    });

    it('shows a refusal without a link, and says so where nobody answers', async () => {
      answer = { status: 404, body: { code: 'sso/vendor-not-found' } };
      const { status, text } = await launch('username=dana');
      expect([status, text.includes('sso/vendor-not-found'), text.includes('id="link"')]).toEqual([
        ...[200, true, false],
      ]);
      const cutOff = sso.answer;
      sso.answer = (request) => request.destroy();
      expect((await launch('username=dana')).status).toBe(503);
      sso.answer = cutOff;
    });
  });

  describe('the sample vendor behind it', () => {
    it('S1: mints an identifier for who has none; its link is good once', async () => {
      const { text } = await handle(asked({}));
      const { response, userLevelConfigList } = JSON.parse(text);
      expect(userLevelConfigList).toMatchObject({ vendorId: 'partner', configs: [{ key: ELEMENT }] });
      const [{ value: minted }] = userLevelConfigList.configs;
      const { origin, pathname, search } = new URL(response);
      expect(origin).toBe(sso.url);
      const arrived = await get(pathname + search);
      expect([arrived.status, arrived.text.includes(minted)]).toEqual([200, true]);
      expect(arrived.text).toContain('the first time');
      const again = await get(pathname + search);
      expect([again.status, again.text.includes(minted)]).toEqual([404, false]);
      const page = await get('/demo/partner');
      expect(page.text).toContain(minted);
    });

    it('S2: knows who comes with an identifier, returns no value, and shows it as text', async () => {
      const { text } = await handle(asked({ [ELEMENT]: '<b>known</b>' }));
      expect(JSON.parse(text).userLevelConfigList).toBeNull();
      const { pathname, search } = new URL(JSON.parse(text).response);
      const arrived = await get(pathname + search);
      expect(arrived.text).toContain('&#60;b&#62;known&#60;/b&#62;');
      expect(arrived.text).toContain('given back');
      expect(arrived.text).not.toContain('<b>known');
    });

    it('a link is good for five minutes', async () => {
      const [early, late] = [await linkFor({}), await linkFor({})];
      clock.advance(300);
      expect((await get(early)).status).toBe(200);
      clock.advance(1);
      expect((await get(late)).status).toBe(404);
      for (const made of ['', '?visit=', '?visit=made-up', '?visit=a&visit=b'])
        expect((await get(`/demo/partner/in${made}`)).status).toBe(404);
    });

    it('takes no request that is not signed for it, and none twice', async () => {
      const good = asked({ [ELEMENT]: 'x' });
      const { 'countersign-signature': _, ...unsigned } = good.headers;
      expect((await handle({ ...good, headers: unsigned as typeof good.headers })).status).toBe(401);
      expect((await handle({ ...good, body: good.body.replace('"x"', '"y"') })).status).toBe(401);
      expect((await handle(asked({}, { aud: 'http://other.example/sso' }))).status).toBe(401);
      expect((await handle(asked({}, { iss: `${sso.url}/apps/bank` }))).status).toBe(401);
      expect((await handle(good)).status).toBe(200);
      expect((await handle(good)).status).toBe(401);
    });
  });

  it('is not there in production, nor where nobody says how the handler is reached', async () => {
    const production = { securityProfile: 'production', publicUrl: 'https://mfa.example' };
    for (const settings of [production, { demoPartnerUrl: undefined }]) {
      const without = await start(settings);
      for (const path of ['/demo/partner', '/demo/partner.css', '/demo/partner/in'])
        expect([path, (await get(path, without)).status]).toEqual([path, 404]);
      for (const path of ['/demo/partner/launch', '/demo/partner/sso']) {
        const { status } = await call(without.url, path, { method: 'POST', headers: { host }, body: '' });
        expect([path, status]).toEqual([path, 404]);
      }
    }
  });
});
