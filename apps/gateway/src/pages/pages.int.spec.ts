import { call, startGateway, type TestGateway } from '../../test/gateway.ts';

describe('the gateway’s own pages', () => {
  let it_: TestGateway;
  const get = (path: string) => call(it_.gateway.url, path);
  beforeAll(async () => {
    it_ = await startGateway();
  });
  afterAll(() => it_.close());

  it('interface: ready only when every service is', async () => {
    const ready = await get('/readyz');
    expect([ready.status, JSON.parse(ready.text).checks]).toEqual([
      200,
      { open: true, 'mfa-orchestrator': true, 'token-service': true, 'sso-data': true, 'oidc-broker': true },
    ]);
    it_.sso.answer = (_request, response) => response.writeHead(503).end();
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/')).text).toMatch(/sso-data<\/td><td class="down">not ready/);
  });

  it('says what runs and links on', async () => {
    const { status, headers, text } = await get('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const part of ['mfa-orchestrator', 'token-service', '/docs', '/docs/errors', '/readyz'])
      expect(text).toContain(part);
  });

  it('every API is browsable at /docs, from this origin alone and without anything inline', async () => {
    const { headers, text } = await get('/docs');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|style=|onload|https?:\/\//);
    for (const [, path] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await get(path!);
      expect([path, asset.status, asset.text.length > 100]).toEqual([path, 200, true]);
    }
    const start = (await get('/docs/start.js')).text;
    for (const name of ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'])
      expect(start).toContain(`/openapi/${name}.json`);
  });

  it('a service’s document comes from the service', async () => {
    expect((await get('/openapi/token-service.json')).text).toBe('{"service":"token-service"}');
    expect(it_.tokens.requests.at(-1)?.url).toBe('/openapi.json');
  });

  it('RFC 9457 §3.1.1: the type of a problem leads to its explanation', async () => {
    const { text } = await get('/docs/errors');
    expect(text).toContain('<tr id="access/unauthenticated">');
  });

  it('routes no metrics', async () => {
    expect((await get('/metrics')).status).toBe(404);
  });
});
