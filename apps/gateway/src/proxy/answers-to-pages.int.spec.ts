import { call, startGateway, type TestGateway } from '../../test/gateway.ts';

const ORIGIN = { origin: 'https://pay.example' };
const PREFLIGHT = { ...ORIGIN, 'access-control-request-method': 'POST' };
const allowed = (headers: Record<string, unknown>) => headers['access-control-allow-origin'];

describe('what pages may read of the gateway’s own answers', () => {
  let it_: TestGateway;
  let url: string;
  beforeEach(async () => {
    it_ = await startGateway();
    url = it_.gateway.url;
  });
  afterEach(() => it_.close());
  const away = () => Promise.all([it_.orchestrator.close(), it_.tokens.close()]);

  it.each([
    ['/fido2/v2/mfa/begin', 'POST'],
    ['/apps/demo/fido2/v2/mfa/begin', 'POST'],
    ['/v1/flows/current', 'GET'],
    ['/fido2/v2/.well-known/jwks.json', 'GET'],
  ])('%s: a 503 that says so, without credentials', async (path, method) => {
    await away();
    const { status, headers } = await call(url, path, { method, headers: ORIGIN });
    expect([status, allowed(headers)]).toEqual([503, '*']);
    expect(headers['access-control-expose-headers']).toContain('retry-after');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('a 413 and a 400, too', async () => {
    await away();
    const large = { method: 'POST', headers: ORIGIN, body: 'x'.repeat(1024 * 1024 + 1) };
    const found = await call(url, '/fido2/v2/mfa/begin', large);
    expect([found.status, allowed(found.headers)]).toEqual([413, '*']);
    const odd = await call(url, '/v1/flows/current', { headers: ORIGIN, body: '{}' });
    expect([odd.status, allowed(odd.headers)]).toEqual([400, '*']);
  });

  it('a preflight whose service is away lets the page ask, and is not remembered', async () => {
    await away();
    const { status, headers } = await call(url, '/fido2/v2/mfa/begin', {
      method: 'OPTIONS',
      headers: PREFLIGHT,
    });
    expect([status, allowed(headers), headers['access-control-max-age']]).toEqual([204, '*', '0']);
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each([
    ...['/v1/users/dana', '/v1/challenges', '/v1/policies', '/v1/applications', '/v1/ops/token-service/x'],
    ...['/fido2/v2/mgmt/grant/external-auth', '/fido2/v2/%6dgmt/grant/external-auth'],
  ])('EXT-06: %s answers no page', async (path) => {
    await away();
    for (const sent of [
      { method: 'POST', headers: ORIGIN },
      { method: 'GET', headers: ORIGIN, body: '{}' },
      { method: 'POST', headers: ORIGIN, body: 'x'.repeat(1024 * 1024 + 1) },
      { method: 'OPTIONS', headers: PREFLIGHT },
    ]) {
      const { status, headers } = await call(url, path, sent);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(allowed(headers)).toBeUndefined();
    }
  });

  it('what a service answers keeps its own word', async () => {
    it_.orchestrator.answer = (_request, response) => response.writeHead(403).end('{}');
    for (const method of ['POST', 'OPTIONS']) {
      const { status, headers } = await call(url, '/fido2/v2/mfa/begin', { method, headers: PREFLIGHT });
      expect([status, allowed(headers)]).toEqual([403, undefined]);
    }
  });
});
