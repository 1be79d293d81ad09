import { httpsUriFault, isClaimableUri, redirectUriFault } from './client-uri.decide.ts';

const FINE = [
  'https://shop.example/callback',
  'https://shop.example',
  'https://shop.example?tenant=1',
  'https://shop.example:8443/a/b?x=1&y=2',
  'https://xn--bcher-kva.example/cb',
  'https://shop.example/%C3%BC',
  'http://localhost/cb',
  'http://localhost:4000/demo/rp/callback',
  'http://demo.localhost:4000/cb',
  'http://127.0.0.1:9999/cb',
  'http://[::1]:1234/cb',
];

describe('redirect URIs', () => {
  it.each(FINE)('%s is one, of any client', (uri) => {
    expect(redirectUriFault(uri, 'confidential')).toBeUndefined();
    expect(redirectUriFault(uri, 'public')).toBeUndefined();
  });

  it.each(['com.example.app:/callback', 'com.example.app://callback', 'com.example.app:cb'])(
    'RFC 8252 §7.1: %s is one of a public client only',
    (uri) => {
      expect(redirectUriFault(uri, 'public')).toBeUndefined();
      expect(redirectUriFault(uri, 'confidential')).toContain('only a public client');
    },
  );

  it.each([
    ['relative', '/callback'],
    ['no scheme', '//shop.example/cb'],
    ['empty', ''],
    ['no host', 'https://'],
    ['http', 'http://shop.example/cb'],
    ['http to another address', 'http://192.168.0.1/cb'],
    ['http to all addresses', 'http://0.0.0.0/cb'],
    ['CVE-2026-18211: a name that begins as localhost does', 'http://localhost.evil.example/cb'],
    ['a name that ends as localhost does', 'http://evillocalhost/cb'],
    ['a port that is a name', 'http://localhost:evil.example/cb'],
    ['a fragment', 'https://shop.example/cb#x'],
    ['an empty fragment', 'https://shop.example/cb#'],
    ['a user', 'https://user@shop.example/cb'],
    ['a user and a password', 'https://a:b@shop.example/cb'],
    ['an empty user', 'https://@shop.example/cb'],
    ['CWE-601: a user that looks like the host', 'https://shop.example@evil.example/cb'],
    ['a wildcard host', 'https://*.shop.example/cb'],
    ['a wildcard path', 'https://shop.example/*'],
    ['dot segments', 'https://shop.example/a/../b'],
    ['dot segments, encoded', 'https://shop.example/a/%2e%2E/b'],
    ['a single dot', 'https://shop.example/./b'],
    ['a backslash', 'https://shop.example\\@evil.example/cb'],
    ['a tab', 'https://shop.example/\tcb'],
    ['a line break', 'https://shop.example/cb\n'],
    ['a space', 'https://shop.example/c b'],
    ['NUL', 'https://shop.example/\0'],
    ['a letter beyond ASCII', 'https://bücher.example/cb'],
    ['a letter beyond ASCII in the path', 'https://shop.example/ü'],
    ['half a surrogate pair', 'https://shop.example/\ud800'],
    ['an upper-case scheme', 'HTTPS://shop.example/cb'],
    ['an upper-case host', 'https://Shop.example/cb'],
    ['the default port', 'https://shop.example:443/cb'],
    ['an address in an odd spelling', 'http://127.1/cb'],
    ['an address as a number', 'http://2130706433/cb'],
    ['one slash', 'https:/shop.example/cb'],
    ['three slashes', 'https:///shop.example/cb'],
    ['a broken escape', 'https://shop.example/%zz'],
    ['a quote', 'https://shop.example/"'],
    ['the answer’s own parameter', 'https://shop.example/cb?code=x'],
    ['the answer’s state', 'https://shop.example/cb?a=1&state=x'],
    ['the answer’s issuer, encoded', 'https://shop.example/cb?%69ss=x'],
    ['javascript:', 'javascript:alert(1)'],
    ['data:', 'data:text/html,x'],
    ['file:', 'file:///etc/passwd'],
    ['about:', 'about:blank'],
    ['blob:', 'blob:https://shop.example/x'],
    ['a scheme without a dot', 'myapp:/cb'],
    ['too long', `https://shop.example/${'x'.repeat(2048)}`],
  ])('OP-01: %s is refused', (_case, uri) => {
    expect(redirectUriFault(uri, 'public')).toEqual(expect.any(String));
    expect(redirectUriFault(uri, 'confidential')).toEqual(expect.any(String));
  });

  it('RFC 8252 §8.6: what another program could claim is all that is not https', () => {
    expect(['https://a.example/', 'http://localhost/', 'com.example.app:/'].map(isClaimableUri)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('addresses that are called or shown', () => {
  it('are https; this machine only where that is allowed', () => {
    expect(httpsUriFault('https://shop.example/x', { loopback: false })).toBeUndefined();
    expect(httpsUriFault('http://localhost:1/x', { loopback: true })).toBeUndefined();
    for (const uri of [
      'http://localhost:1/x',
      'com.example.app:/x',
      'javascript:alert(1)',
      'https://a@b.example/',
    ])
      expect(httpsUriFault(uri, { loopback: false })).toEqual(expect.any(String));
    expect(httpsUriFault('http://shop.example/x', { loopback: true })).toEqual(expect.any(String));
  });
});
