import { SafeFetch } from './index.ts';

const none = new SafeFetch({ privateHosts: [] });

describe('URLs that are refused without asking (security 36, RP-08, OP-09)', () => {
  it.each(['https://partner.example/sso', 'https://partner.example:8443/?a=b', 'https://8.8.8.8/'])(
    '%s may be asked',
    (url) => expect(none.refuses(url)).toBeUndefined(),
  );

  it.each([
    'http://partner.example/',
    'http://8.8.8.8/',
    'ftp://partner.example/',
    'file:///etc/passwd',
    'gopher://partner.example/',
    'data:text/plain,x',
    'javascript:1',
    'blob:https://partner.example/1',
    'https://user@partner.example/',
    'https://user:secret@partner.example/',
    'https://:secret@partner.example/',
    'https://partner.example@evil.example/',
    'https://partner.example/#x',
    'https://partner.example/#',
    'https://',
    'https://a b/',
    '/sso',
    '',
    'https://[::1/',
    'https://partner.example/' + 'x'.repeat(9000),
  ])('%s: scheme', (url) => expect(none.refuses(url)).toBe('scheme'));

  it.each([
    ...['127.0.0.1', '127.1', '127.0.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.1'],
    ...['0', '0.0.0.0', '127.0.0.1.', '①②⑦.⓪.⓪.①', '127。0。0。1', '%31%32%37.0.0.1', '169.254.169.254'],
    ...['0xa9fea9fe', '2852039166', '10.0.0.1', '192.168.1.1', '100.64.0.1', '[::1]', '[::]'],
    ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]', '[::127.0.0.1]', '[fe80::1]'],
    ...['[fd00::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', 'localhost', 'LOCALHOST', 'a.localhost'],
    ...['localhost.', 'partner.example.'],
  ])('host %s: address', (host) => {
    expect(none.refuses(`https://${host}/`)).toBe('address');
    expect(none.refuses(`https://${host}:8443/x?y`)).toBe('address');
  });
});

describe('privateHosts lift the rules for exactly what they name', () => {
  const refuses = (entry: string, url: string) => new SafeFetch({ privateHosts: [entry] }).refuses(url);

  it.each([
    ['localhost', 'http://localhost:3000/'],
    ['LocalHost', 'https://LOCALHOST/'],
    ['partner', 'http://partner:8080/'],
    ['münchen.intern', 'http://xn--mnchen-3ya.intern/'],
    ['10.1.2.3', 'http://10.1.2.3/'],
    ['10.0.0.0/8', 'http://10.255.0.1/'],
    ['127.0.0.0/8', 'http://0x7f.1/'],
    ['::1', 'http://[::1]:1/'],
    ['[::1]', 'https://[0:0:0:0:0:0:0:1]/'],
    ['fd00::/8', 'http://[fd12::1]/'],
    ['169.254.169.254', 'http://169.254.169.254/'],
  ])('%s: %s may be asked', (entry, url) => expect(refuses(entry, url)).toBeUndefined());

  it.each([
    ['localhost', 'https://127.0.0.1/', 'address'],
    ['localhost', 'https://a.localhost/', 'address'],
    ['localhost', 'https://localhost./', 'address'],
    ['localhost', 'http://xlocalhost/', 'scheme'],
    ['partner', 'http://a.partner/', 'scheme'],
    ['10.1.2.3', 'https://10.1.2.4/', 'address'],
    ['10.0.0.0/8', 'https://11.0.0.1/', undefined],
    ['10.0.0.0/8', 'http://11.0.0.1/', 'scheme'],
    ['127.0.0.0/8', 'https://[::ffff:127.0.0.1]/', 'address'],
    ['127.0.0.0/8', 'https://[::1]/', 'address'],
    ['::/0', 'https://127.0.0.1/', 'address'],
    ['::1', 'http://[::2]/', 'address'],
    ['localhost', 'ftp://localhost/', 'scheme'],
    ['localhost', 'http://a:b@localhost/', 'scheme'],
    ['localhost', 'http://localhost/#a', 'scheme'],
  ])('%s: %s is %s', (entry, url, reason) => expect(refuses(entry, url)).toBe(reason));

  it.each([
    ...['', ' ', '*', '*.example', 'http://localhost', 'localhost:80', 'a/b', 'partner.', '10.0.0.0/33'],
    ...[
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
      '10.0.0.0/1e1',
      '::/129',
      '10.0.0',
      '127.1',
      '0x7f.1',
      'a@b',
    ],
  ])('%j is an error at start, not an entry that matches nothing', (entry) => {
    expect(() => new SafeFetch({ privateHosts: [entry] })).toThrow(TypeError);
  });
});
