import { passkeyScript } from '../mfa/passkey.page.ts';
import { contrast, keyColours, themeCss } from './colours.decide.ts';
import { readCookie, setCookie } from './cookies.decide.ts';
import { errorPage } from './error-page.ts';
import { alert, field, loginForm } from './form-parts.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { readLogo } from './logo.decide.ts';
import { formFields } from './form-fields.decide.ts';
import { isSameOrigin } from './same-origin.decide.ts';
import { policyOf } from './send-page.ts';

const NASTY = `"><script>alert('1')</script>&\``;
const context = { appId: 'demo', base: '/oidc/demo', theme: { name: NASTY, colour: '#0b57d0' } };

describe('pages', () => {
  it('nothing put into a template is HTML unless the template made it', () => {
    const made = html`<p title="${NASTY}">
      ${NASTY}${[html`<b>${1}</b>`, NASTY]}${false}${undefined}${null}${true}
    </p>`;
    expect(made.text.match(/<[a-z/]+/g)).toEqual(['<p', '<b', '</b', '</p']);
    expect(made.text).not.toMatch(/['`]|"[^>]*"[^>]*"/);
    expect(() => html`${{} as string}`).toThrow(TypeError);
  });

  it('no name of an application, a client or a user gets out of its place', () => {
    const page = layout(
      context,
      NASTY,
      html`<h1>x</h1>
        ${field({ name: 'u', label: NASTY, autocomplete: 'off', value: NASTY, hint: NASTY, error: NASTY })}`,
    );
    const error = errorPage(context, { status: 400, title: NASTY, detail: NASTY, code: NASTY });
    for (const text of [page, error]) expect(text).not.toMatch(/<script/);
  });

  it('WCAG 1.3.1, 3.3.1: a field has its label, and what is wrong with it is described and announced', () => {
    const { text } = field({
      name: 'code',
      label: 'Code',
      autocomplete: 'one-time-code',
      hint: 'h',
      error: 'wrong',
    });
    expect(text).toContain('<label for="code">');
    expect(text).toContain('aria-describedby="code-hint code-error"');
    expect(text).toContain('aria-invalid="true"');
    expect(text).toContain('id="code-error"');
    expect(alert('no')?.text).toContain('role="alert"');
    expect(alert(undefined)).toBeUndefined();
  });

  it('a form of a login carries its version', () => {
    const { text } = loginForm({ ...context, action: '/oidc/demo/interaction/x', version: 3 }, html`<b></b>`);
    expect(text).toMatch(/action="\/oidc\/demo\/interaction\/x"[^]*name="version" value="3"/);
  });

  it('security 32: a page loads nothing from elsewhere, is framed by nobody, and runs scripts only if it has one of ours', () => {
    const plain = policyOf(layout(context, 'x', html`<h1>x</h1>`));
    expect(plain).toContain("default-src 'none'");
    expect(plain).toContain("frame-ancestors 'none'");
    expect(plain).toContain("form-action 'self'");
    expect(plain).not.toContain('script-src');
    expect(plain).not.toContain('unsafe');
    expect(policyOf('<p>', { leaves: true })).not.toContain('form-action');
    const own = layout(
      context,
      'x',
      html`<h1>x</h1>
        ${passkeyScript(context)}`,
    );
    expect(policyOf(own)).toContain("script-src 'self'");
    expect(policyOf('<script src="https://evil.example/oidc/demo/assets/x.js">')).not.toContain('script-src');
  });
});

describe('colours', () => {
  const steps = ['00', '33', '66', '99', 'cc', 'ff'];
  const all = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)));

  it('WCAG 1.4.3, 1.4.11: whatever an application’s colour is, texts have 4.5:1 and controls 3:1, in light and dark', () => {
    const papers = { light: ['#ffffff', '#f3f5f8'], dark: ['#14181c', '#20262c'] };
    for (const colour of all)
      for (const scheme of ['light', 'dark'] as const) {
        const { key, onKey, edge, ink } = keyColours(colour)[scheme];
        expect(contrast(key, onKey)).toBeGreaterThanOrEqual(4.5);
        for (const paper of papers[scheme]) {
          expect(contrast(ink, paper)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(edge, paper)).toBeGreaterThanOrEqual(3);
        }
      }
  });

  it('a colour that is readable stays as it is', () => {
    expect(keyColours('#0b57d0').light).toEqual({
      key: '#0b57d0',
      onKey: '#ffffff',
      edge: '#0b57d0',
      ink: '#0b57d0',
    });
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21);
    expect(themeCss('#0b57d0')).toContain('--key: #0b57d0;');
  });
});

describe('logos', () => {
  const png = (width: number, height: number, bytes = 33) => {
    const data = Buffer.alloc(bytes);
    Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(data);
    data.writeUInt32BE(width, 16);
    data.writeUInt32BE(height, 20);
    return `data:image/png;base64,${data.toString('base64')}`;
  };

  it('a PNG is read', () => {
    expect('png' in readLogo(png(100, 40))).toBe(true);
    expect('png' in readLogo(png(100, 40, 65_536))).toBe(true);
  });

  it.each([
    ['an SVG', 'data:image/svg+xml;base64,PHN2Zz48L3N2Zz4='],
    ['another address', 'https://evil.example/logo.png'],
    [
      'no PNG inside',
      `data:image/png;base64,${Buffer.from('<svg onload=alert(1)>'.repeat(3)).toString('base64')}`,
    ],
    ['what is not base64', `${png(1, 1)}"><script>`],
    ['too many bytes', png(1, 1, 65_537)],
    ['too many pixels', png(30_000, 10)],
    ['no pixels', png(0, 10)],
  ])('refused: %s', (_, uri) => {
    expect(readLogo(uri)).toHaveProperty('fault');
  });
});

describe('cookies of pages', () => {
  it('SES-08: cookies are of this host alone, unseen by scripts, and not sent along with forms of other sites', () => {
    const cookie = { name: 'cs-admin', value: 'v', seconds: 60 };
    expect(setCookie({ ...cookie, isSecure: true })).toBe(
      '__Host-cs-admin=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
    expect(setCookie({ ...cookie, isSecure: false })).toBe(
      'cs-admin=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    );
  });

  it('SES-08: one that stands there twice, or without its prefix, is none', () => {
    expect(readCookie('a=b; __Host-cs-admin=v', 'cs-admin', true)).toBe('v');
    expect(readCookie('cs-admin=v', 'cs-admin', true)).toBeUndefined();
    expect(readCookie('cs-admin=v; cs-admin=w', 'cs-admin', false)).toBeUndefined();
    expect(readCookie(undefined, 'cs-admin', false)).toBeUndefined();
  });
});

describe('posted forms', () => {
  it.each([
    [{ a: '1' }, { a: '1' }],
    [{}, undefined],
    [{}, null],
    [undefined, { a: 1 }],
    [undefined, { a: ['1'] }],
    [undefined, ['1']],
    [undefined, 'a=1'],
  ])('security 36: %j of %j: texts alone are fields', (expected, body) => {
    expect(formFields(body)).toEqual(expected);
  });
});

describe('forms of other sites', () => {
  const host = 'demo.localhost:4000';
  it.each([
    [true, { host, 'sec-fetch-site': 'same-origin', origin: 'null' }],
    [false, { host, 'sec-fetch-site': 'same-site', origin: `http://${host}` }],
    [false, { host, 'sec-fetch-site': 'cross-site' }],
    [false, { host, 'sec-fetch-site': 'none' }],
    [true, { host, origin: `http://${host}` }],
    [false, { host, origin: 'http://localhost:4000' }],
    [false, { host, origin: 'null' }],
    [true, { host }],
  ])('%s for %j', (expected, headers) => {
    expect(isSameOrigin(headers)).toBe(expected);
  });
});
