import { apiKeyIn, bearerIn, sessionIn } from './credentials.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('credentials in an Authorization header', () => {
  it.each([
    ['Bearer csk_1', 'csk_1'],
    ['BEARER   csk_1 ', 'csk_1'],
    [`Basic ${base64('csk_1:')}`, 'csk_1'],
    [`Basic ${base64('csk_1')}`, 'csk_1'],
    [`basic ${base64('csk_1:password')}`, 'csk_1'],
  ])('contracts 1.2: the API key in %s', (header, key) => {
    expect(apiKeyIn(header)).toBe(key);
  });

  it.each([
    undefined,
    '',
    'csk_1',
    'Bearer',
    'Bearer ',
    'Basic',
    'Basic ???',
    `Basic ${base64(':x')}`,
    'Bearer a b',
    `Bearer ${'x'.repeat(5000)}`,
  ])('no API key in %s', (header) => {
    expect(apiKeyIn(header)).toBeUndefined();
  });

  it('contracts 1.2: a session raw or after Bearer, of no other scheme', () => {
    expect(sessionIn('abc.def-123')).toBe('abc.def-123');
    expect(sessionIn('bearer abc')).toBe('abc');
    for (const header of [undefined, '', 'Bearer', 'basic', 'Basic YWJj', 'DPoP abc', 'a b c'])
      expect(sessionIn(header)).toBeUndefined();
  });

  it('a service token only after Bearer', () => {
    expect(bearerIn('Bearer abc')).toBe('abc');
    expect(bearerIn('abc')).toBeUndefined();
    expect(bearerIn('Basic YWJj')).toBeUndefined();
  });
});
