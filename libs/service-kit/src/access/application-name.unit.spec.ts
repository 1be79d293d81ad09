import { readHost, splitApplicationPrefix } from './application-name.ts';

describe('the application in a path', () => {
  it.each([
    ['/apps/demo/v1/x?y=/apps/z', '/v1/x?y=/apps/z', 'demo'],
    ['/apps/DEMO/v1', '/v1', 'demo'],
    ['/apps/demo', '/', 'demo'],
    ['/apps/demo?x=1', '/?x=1', 'demo'],
    ['/apps/demo/', '/', 'demo'],
    ['/apps/demo//v1', '//v1', 'demo'],
    ['/apps/demo/apps/other/v1', '/apps/other/v1', 'demo'],
    ['/apps//v1', '/v1', ''],
    ['/apps/%64emo/v1', '/v1', ''],
    ['/apps/../v1', '/v1', ''],
    [`/apps/${'a'.repeat(64)}/v1`, '/v1', ''],
  ])('interface: %s', (target, url, named) => {
    expect(splitApplicationPrefix(target)).toEqual({ url, named });
  });

  it.each([
    '/',
    '/v1/apps/demo/x',
    '/Apps/demo/v1',
    '/%61pps/demo/v1',
    '//apps/demo/v1',
    '/apps',
    'http://x/apps/demo/v1',
  ])('OP-19: %s has no prefix and stays as it is', (target) => {
    expect(splitApplicationPrefix(target)).toEqual({ url: target, named: undefined });
  });
});

describe('the application in a Host', () => {
  const suffixes = ['localhost', 'api.bank.example'];

  it.each([
    ['demo.localhost:4000', { appId: 'demo' }],
    ['Demo.LocalHost', { appId: 'demo' }],
    ['demo.api.bank.example', { appId: 'demo' }],
    ['demo.api.bank.example.', { appId: 'demo' }],
    ['_x.localhost', { appId: '' }],
    ['bank.example', { alias: 'bank.example' }],
    ['demo.localhost.evil.example', { alias: 'demo.localhost.evil.example' }],
    ['evillocalhost', { alias: 'evillocalhost' }],
  ])('interface: %s', (host, expected) => {
    expect(readHost(host, suffixes)).toEqual(expected);
  });

  it.each([
    ...[
      'localhost',
      'localhost:4000',
      'api.bank.example',
      '127.0.0.1',
      '127.0.0.1:80',
      '[::1]',
      '[::1]:4000',
      '',
    ],
    ...['demo.localhost/x', 'demo localhost', 'demo.localhost@evil', `${'a'.repeat(300)}.localhost`],
  ])('interface: %s carries none', (host) => {
    expect(readHost(host, suffixes)).toBeUndefined();
  });
});
