import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from '@countersign/service-kit';
import { type Called, call, configOf } from '../../test/gateway.ts';
import { upstream, type Upstream } from '../../test/upstream.ts';
import { createService } from '../create-service.ts';
import { addressOfDemo, mayActOn } from '../demo/demo-host.decide.ts';

describe('/try', () => {
  let folder: string;
  let tokens: Upstream;
  let gateway: RunningService;
  let demoKeyPath: string;
  const started: RunningService[] = [];
  const start = async (more: object = {}): Promise<RunningService> => {
    const service = await createService({
      ...configOf({ 'token-service': tokens.url }),
      demoKeyPath,
      ...more,
    });
    started.push(service);
    return service;
  };
  const host = 'demo.localhost:4000';
  const get = (path: string, headers = { host }, of = gateway) => call(of.url, path, { headers });
  const vouch = (headers: Record<string, string> = {}, body: unknown = { username: 'dana', flowId: 'f-1' }) =>
    call(gateway.url, '/try/vouch', {
      method: 'POST',
      headers: { host, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  /** Bodies that token-service got. */
  const bodies: string[] = [];
  const tokensAnswer = (status: number, body: unknown): void => {
    tokens.answer = (request, response) => {
      let got = '';
      request.setEncoding('utf8').on('data', (text: string) => (got += text));
      request.on('end', () => {
        bodies.push(got);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-try-'));
    demoKeyPath = join(folder, 'demo.json');
    tokens = await upstream('token-service');
    gateway = await start();
  });
  afterAll(async () => {
    await Promise.all(started.map((service) => service.close()));
    await tokens.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is a page without anything inline, under a policy that allows nothing inline', async () => {
    const { status, headers, text } = await get('/try');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|style=|\son\w+=|https?:\/\//);
    for (const [, path] of text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      const asset = await get(path!);
      expect([path, asset.status, asset.text.length > 1000]).toEqual([path, 200, true]);
    }
  });

  it('serves the SDK for browsers, without anything that checks signatures', async () => {
    const { status, text, headers } = await get('/try/mfa-client.js');
    expect([status, headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(text).toContain('createMfaClient');
    expect(text).not.toMatch(/jwtVerify|JWKS|from"jose"/);
  });

  it('leads addresses where no passkey works to one where they do, and nowhere else', async () => {
    const { status, headers } = await get('/try', { host: '127.0.0.1:4000' });
    expect([status, headers.location]).toEqual([302, 'http://demo.localhost:4000/try']);
    expect(addressOfDemo('LOCALHOST', '/try')).toBe('http://demo.localhost/try');
    expect(addressOfDemo('[::1]:80', '/try')).toBe('http://demo.localhost:80/try');
    for (const other of [
      'demo.localhost:4000',
      'bank.localhost',
      'localhost.evil.example',
      'localhost:1@evil',
      '',
    ])
      expect(addressOfDemo(other, '/try')).toBeUndefined();
  });

  it('knows no demo before there is one', async () => {
    expect(JSON.parse((await get('/try/settings.json')).text)).toEqual({ phone: false, demo: null });
    expect((await vouch()).status).toBe(404);
    expect(tokens.requests).toEqual([]);
  });

  describe('with a demo', () => {
    beforeAll(() =>
      writeFile(demoKeyPath, JSON.stringify({ appId: 'demo', apiKey: 'csk_secret', username: 'dana' })),
    );

    it('tells its name, never its key', async () => {
      const { text } = await get('/try/settings.json');
      expect(JSON.parse(text).demo).toEqual({ appId: 'demo', username: 'dana' });
      expect(text).not.toContain('csk_');
    });

    it('vouches with the demo’s key, for one flow, and hands out the token alone', async () => {
      tokensAnswer(200, { token: 'external-token', more: 'x' });
      const { status, text } = await vouch({ 'sec-fetch-site': 'same-origin' });
      expect([status, JSON.parse(text)]).toEqual([200, { token: 'external-token' }]);
      const asked = tokens.requests.at(-1)!;
      expect(asked.url).toBe('/apps/demo/fido2/v2/mgmt/grant/external-auth');
      expect(asked.headers.authorization).toBe(`Basic ${Buffer.from('csk_secret:').toString('base64')}`);
      expect(JSON.parse(bodies.at(-1)!)).toEqual({ username: 'dana', flowId: 'f-1' });
    });

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site' }],
      ['another application’s page', { 'sec-fetch-site': 'same-site' }],
      ['a name that was made to point here (DNS rebinding)', { host: 'evil.example:4000' }],
      ['another application', { host: 'bank.localhost:4000' }],
      ['a form, which browsers send anywhere', { 'content-type': 'text/plain' }],
    ])('vouches for nobody on the word of %s', async (_who, headers) => {
      const before = tokens.requests.length;
      const { status } = await vouch(headers);
      expect([404, 415]).toContain(status);
      expect(tokens.requests).toHaveLength(before);
    });

    it('asks for a user and a flow: a token for any flow is not to be had', async () => {
      for (const body of [{ username: 'dana' }, { flowId: 'f' }, { username: '', flowId: 'f' }, [], null])
        expect((await vouch({}, body)).status).toBe(400);
    });

    it('passes on no more of a refusal than that it was one', async () => {
      const answers: [number, number][] = [
        [403, 403],
        [500, 503],
      ];
      for (const [status, expected] of answers) {
        tokensAnswer(status, { msg: 'csk_secret is wrong' });
        const called: Called = await vouch();
        expect([called.status, called.text.includes('csk_')]).toEqual([expected, false]);
      }
    });
  });

  it('is not there in production, with whatever settings', async () => {
    const production = await start({ securityProfile: 'production', publicUrl: 'https://mfa.example' });
    for (const path of ['/try', '/try/settings.json', '/try/try.js', '/try/mfa-client.js'])
      expect([path, (await get(path, { host }, production)).status]).toEqual([path, 404]);
  });
});

it.each([
  ['demo.localhost:4000', true],
  ['DEMO.localhost', true],
  ['demo.localhost.evil.example', false],
  ['localhost:4000', false],
  ['demo.localhost:4000:1', false],
])('a page on %s may have a user of demo vouched for: %s', (host, may) => {
  expect(mayActOn(host, 'demo')).toBe(may);
});
