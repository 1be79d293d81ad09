import { OidcBroker } from '../../test/oidc-broker.ts';

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const broker = new OidcBroker();
let key: string;
beforeAll(async () => {
  await broker.open();
  key = `Bearer ${broker.neighbours.key('demo', 'oidc:read', 'oidc:write')}`;
});
afterAll(() => broker.close());

const asset = (path: string) => fetch(`${broker.service.url}/oidc/${path}`);

describe('/v1/oidc-theme', () => {
  it('issue 6.6: before anything is set, pages bear the application’s name', async () => {
    const { status, body } = await broker.request('GET', '/v1/oidc-theme', key);
    expect([status, body]).toEqual([200, { name: 'demo', colour: '#0b57d0' }]);
    expect((await asset('demo/assets/logo.png')).status).toBe(404);
  });

  it('issue 6.6: name, colour and logo are set, and the style sheet follows at once', async () => {
    const theme = { name: 'Demo Bank', colour: '#A03000', logo: PNG };
    const { status, body } = await broker.request('PUT', '/v1/oidc-theme', key, theme);
    expect([status, body]).toEqual([200, { ...theme, colour: '#a03000', updatedAt: expect.any(String) }]);
    const css = await asset('demo/assets/theme.css');
    expect(css.headers.get('content-type')).toMatch(/^text\/css/);
    expect(await css.text()).toContain('--key: #a03000;');
    const logo = await asset('demo/assets/logo.png?v=1');
    expect([logo.headers.get('content-type'), logo.headers.get('x-content-type-options')]).toEqual([
      'image/png',
      'nosniff',
    ]);
    expect(Buffer.from(await logo.arrayBuffer()).toString('base64')).toBe(PNG.split(',')[1]);
  });

  it('design: another application’s theme stays its own', async () => {
    const other = `Bearer ${broker.neighbours.key('other', 'oidc:read')}`;
    expect((await broker.request('GET', '/v1/oidc-theme', other)).body.name).toBe('other');
  });

  it.each([
    ['colour', { colour: 'red' }],
    ['colour', { colour: '#fff' }],
    ['colour', { colour: '#ffffff;} body{display:none' }],
    ['name', { name: '' }],
    ['name', { name: 'Bank \u202eknaB' }],
    ['logo', { logo: 'data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=' }],
    ['logo', { logo: `data:image/png;base64,${'A'.repeat(200_000)}` }],
    ['css', { css: 'x' }],
  ])('400 names the member: %s', async (field, changed) => {
    const request = { name: 'Demo', colour: '#0b57d0', ...changed };
    const { status, body } = await broker.request('PUT', '/v1/oidc-theme', key, request);
    expect([status, body.code, body.field]).toEqual([400, 'request/invalid', field]);
  });

  it('design: 401 without a key, 403 without the scope', async () => {
    const reader = `Bearer ${broker.neighbours.key('demo', 'oidc:read')}`;
    const theme = { name: 'Demo', colour: '#0b57d0' };
    expect((await broker.request('GET', '/v1/oidc-theme')).status).toBe(401);
    expect((await broker.request('PUT', '/v1/oidc-theme', reader, theme)).status).toBe(403);
  });

  it('style sheets of nobody: 404, of all pages: there', async () => {
    expect((await asset('DEMO/assets/theme.css')).status).toBe(404);
    const css = await asset('demo/assets/pages.css');
    expect([css.status, css.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });
});
